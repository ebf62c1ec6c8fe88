import t from 'tap'
import { Glitches } from '../../../src/upstream/http2/glitches.js'

/** How many more of these are taken before it is too much. */
function taken(glitches: Glitches, one: 'note' | 'noteUpdate'): number {
  for (let count = 0; count < 1_100_000; count++) {
    try {
      glitches[one]()
    } catch (error) {
      t.match(error, { code: 'ENHANCE_YOUR_CALM', message: /bring nothing/ })
      return count
    }
  }
  return Infinity
}

t.test('10,000 frames that bring nothing are taken in an interval', (t) => {
  const glitches = new Glitches()
  t.equal(taken(glitches, 'note'), 10_000)
  glitches.reset()
  t.equal(taken(glitches, 'note'), 10_000)
  t.end()
})

t.test('a stream that ends in good order makes 1,000 good, none ahead', (t) => {
  const glitches = new Glitches()
  glitches.forgive()
  for (let i = 0; i < 1_500; i++) glitches.note()
  glitches.forgive()
  t.equal(taken(glitches, 'note'), 9_500)
  t.end()
})

t.test('a DATA frame of ours is worth 4 WINDOW_UPDATEs, and one for each 256 bytes', (t) => {
  const glitches = new Glitches()
  t.equal(taken(glitches, 'noteUpdate'), 10_000, 'without any')
  glitches.reset()
  glitches.onSent(1_024)
  glitches.onSent(0)
  t.equal(taken(glitches, 'noteUpdate'), 10_000 + 8 + 4)
  t.end()
})

t.test('however much is sent, a million WINDOW_UPDATEs are the most', (t) => {
  const glitches = new Glitches()
  for (let i = 0; i < 2; i++) glitches.onSent(2 ** 28)
  t.equal(taken(glitches, 'noteUpdate'), 1_010_000)
  t.end()
})
