import t from 'tap'
import { Attempts } from '../../src/proxy/attempts.js'

function tried(...fates: ('sent' | 'refused' | 'goaway' | 'connect' | 'queued')[]): Attempts {
  const attempts = new Attempts()
  for (const fate of fates) {
    attempts.begun++
    if (fate === 'queued') continue
    attempts.sent++
    if (fate !== 'sent') attempts.deny(fate)
  }
  return attempts
}

t.test('a request may have run once it was sent and not denied', (t) => {
  t.equal(tried().mayHaveRun, false)
  t.equal(tried('queued').mayHaveRun, false)
  t.equal(tried('sent').mayHaveRun, true)
  for (const denied of ['refused', 'goaway', 'connect'] as const) {
    t.equal(tried(denied).mayHaveRun, false, denied)
    t.equal(tried(denied, 'sent').mayHaveRun, true, denied)
    t.equal(tried('sent', denied).mayHaveRun, true, `a 401, then ${denied}`)
  }
  t.end()
})

t.test('it reaches the upstream twice at most, and is tried three times at most', (t) => {
  t.equal(tried('sent').areLeft, true)
  t.equal(tried('refused').areLeft, true)
  t.equal(tried('refused', 'sent').areLeft, false)
  t.equal(tried('sent', 'goaway').areLeft, false)
  t.equal(tried('connect', 'connect').areLeft, true)
  t.equal(tried('connect', 'sent').areLeft, true)
  t.equal(tried('connect', 'connect', 'connect').areLeft, false)
  t.equal(tried('connect', 'refused').sent, 1, 'what never left was not sent')
  t.end()
})
