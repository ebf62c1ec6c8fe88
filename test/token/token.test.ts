import { inspect } from 'node:util'
import { SignJWT } from 'jose'
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

t.test('exp is read from a JWT, in milliseconds; from anything else nothing is', async (t) => {
  const key = new TextEncoder().encode('x'.repeat(32))
  const signed = (claims: Record<string, unknown>) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(key)
  t.equal(readExpiry(await signed({ exp: 1_800_000_000 })), 1_800_000_000_000)
  t.equal(readExpiry(await signed({})), undefined)
  t.equal(readExpiry('opaque'), undefined)
  t.equal(readExpiry('a.b.c'), undefined)
})
