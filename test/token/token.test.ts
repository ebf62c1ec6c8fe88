import { inspect } from 'node:util'
import pino from 'pino'
import t from 'tap'
import { isBearerToken, readExpiry, Token } from '../../src/token/token.js'

const SECRET = 's3cr3t-t0ken'
const token = new Token(SECRET, 0, 1)

t.test('a token does not come out by accident', (t) => {
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => lines.push(line) })
  log.info({ token, deep: { token } }, String(token))
  const error = Object.assign(new Error('x'), { token })
  for (const [how, text] of Object.entries({
    String: String(token),
    concatenation: 'a' + String(token),
    JSON: JSON.stringify({ token }),
    inspect: inspect({ token }, { depth: 9, showHidden: true }),
    assign: JSON.stringify(Object.assign({}, token)),
    error: inspect(error),
    log: lines.join(''),
  })) {
    t.notMatch(text, SECRET, how)
  }
  t.equal(String(token), '[redacted]')
  t.equal(JSON.stringify(token), '"[redacted]"')
  t.equal(inspect(token), '[redacted]')
  t.end()
})

t.test('it gives the header value, and twelve hex digits to tell it by', (t) => {
  t.equal(token.headerValue, `Bearer ${SECRET}`)
  t.equal(token.reveal(), SECRET)
  t.match(token.fingerprint, /^[0-9a-f]{12}$/)
  t.end()
})

t.test('only what can be sent as a bearer is one', (t) => {
  for (const good of ['abc', 'a.b-c_d~e+f/g==']) t.equal(isBearerToken(good), true, good)
  for (const bad of ['', 'a b', 'a\nb', 'a"b', 'é', 'a=b', 'a\u0000']) {
    t.equal(isBearerToken(bad), false, JSON.stringify(bad))
  }
  t.end()
})

t.test('exp is read from a JWT, in milliseconds; from anything else nothing is', (t) => {
  const now = 1_700_000_000_000
  const jwt = (claims: object) =>
    ['{"alg":"none"}', JSON.stringify(claims), 's']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.')
  t.equal(readExpiry(jwt({ exp: 1_800_000_000 }), now), 1_800_000_000_000)
  t.equal(readExpiry(jwt({ exp: 1_700_003_600, iat: 1_600_000_000 }), now), 1_700_003_600_000)
  t.equal(readExpiry(jwt({ exp: 8.64e12 }), now), 8.64e15, 'the last that a Date can hold')
  for (const exp of [undefined, null, '1800000000', [1_800_000_000], {}, 8.64e12 + 1, 1e300]) {
    t.equal(readExpiry(jwt({ exp }), now), undefined, JSON.stringify(exp))
  }
  t.equal(readExpiry('opaque', now), undefined)
  t.equal(readExpiry('a.b.c', now), undefined)
  t.end()
})

t.test('to a clock that is behind, a token lives from its receipt, as long as it is', (t) => {
  const now = 1_700_000_000_000
  const iat = now / 1000 + 600
  const claims = Buffer.from(JSON.stringify({ iat, exp: iat + 3600 })).toString('base64url')
  t.equal(readExpiry(`e30.${claims}.s`, now), now + 3_600_000)
  t.end()
})
