import t from 'tap'
import { toToken } from '../../src/identity/to-token.js'
import { idToken } from '../fakes/google.js'

t.test('a life is told in seconds, as a number or a text', (t) => {
  for (const seconds of [3600, '3600']) {
    const { expiresAtMs, receivedAtMs } = toToken('opaque', 'it', seconds)
    t.equal(expiresAtMs - receivedAtMs, 3_600_000)
  }
  const { expiresAtMs, receivedAtMs } = toToken('opaque', 'it', 3_199_999_999)
  t.equal(expiresAtMs - receivedAtMs, 3_199_999_999_000, 'of a century')
  t.end()
})

t.test('the end that a JWT tells itself goes before it', (t) => {
  const { expiresAtMs, receivedAtMs } = toToken(idToken({}, '10s'), 'it', 3600)
  t.ok(expiresAtMs - receivedAtMs <= 10_000)
  t.end()
})

t.test('what has no end, or is no token, is not taken', (t) => {
  for (const seconds of [
    undefined,
    null,
    '',
    'soon',
    0,
    -1,
    3_200_000_000,
    '1e300',
    Infinity,
    {},
    NaN,
  ]) {
    t.throws(() => toToken('opaque', 'it', seconds), {
      message: 'it gave a token without an expiry',
    })
  }
  for (const value of [undefined, 7, '', 'two words', 'a\r\nb', ['abc']]) {
    t.throws(() => toToken(value, 'it', 3600), { message: 'it gave no token' })
  }
  t.end()
})
