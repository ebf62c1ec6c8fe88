import { UnsecuredJWT } from 'jose'
import t from 'tap'
import { idToken } from '../../fakes/google.js'
import { runCheck } from './run-check.js'

/** No step after the token's is looked at. */
const UPSTREAM = ['--upstream', 'https://127.0.0.1:1']

t.test('settings are shown with their sources, and without their secrets', async (t) => {
  const argv = [...UPSTREAM, '--require-header', 'x-key: hunter2', '--max-in-flight', '7']
  const { output, of } = await runCheck(argv, {
    TAILER_PROXY_TOKEN: 'hunter2',
    TAILER_PROXY_ALLOW: 'GET /a,GET /b',
  })
  const detail = of('settings')?.detail ?? ''
  for (const shown of [
    'upstream https://127.0.0.1:1 (--upstream)',
    'max-in-flight 7 (--max-in-flight)',
    'allow GET /a, GET /b (TAILER_PROXY_ALLOW)',
    'require-header [secret] (--require-header)',
    'TAILER_PROXY_TOKEN [secret] (environment)',
  ]) {
    t.match(detail, shown)
  }
  t.notMatch(output, /hunter2/)
})

t.test('claims are shown, the signature is not', async (t) => {
  const token = idToken({
    iss: 'me',
    sub: 'also me',
    aud: ['https://127.0.0.1:1', 'b'],
    nonce: 'n',
  })
  const { output, of } = await runCheck(UPSTREAM, { TAILER_PROXY_TOKEN: token })
  t.match(of('token')?.detail, /^JWT: alg none, iss me, sub also me, aud https:\S+ b, issued 20/)
  t.notMatch(output, /eyJ|c2ln|nonce/)
})

t.test('a token for another audience is warned of', async (t) => {
  const { of } = await runCheck(UPSTREAM, { TAILER_PROXY_TOKEN: idToken({ aud: 'b' }) })
  t.match(of('token'), { status: 'warn', detail: /aud is not https/, hint: /--audience/ })
})

t.test('a token that has ended fails with 3', async (t) => {
  const ended = new UnsecuredJWT({}).setExpirationTime(Date.now() / 1000 - 600).encode() + 'c2ln'
  const { exitCode, of } = await runCheck([...UPSTREAM, '--exec', `echo ${ended}`])
  t.equal(exitCode, 3)
  t.match(of('token'), { status: 'fail', detail: /expired 10 min ago/, hint: /clock/ })
  t.equal(of('request')?.status, 'skip')
})

t.test('what is no JWT is told by its fingerprint', async (t) => {
  const { of } = await runCheck(UPSTREAM, { TAILER_PROXY_TOKEN: 'opaque' })
  t.match(of('token')?.detail, /^not a JWT, fingerprint [0-9a-f]{12}, does not expire$/)
})

t.test('names of others cannot draw lines of their own', async (t) => {
  const token = idToken({ sub: 'a\n\u001b[2Jok    request\u202e' })
  const { of } = await runCheck(UPSTREAM, { TAILER_PROXY_TOKEN: token })
  t.match(of('token')?.detail, 'sub a??[2Jok    request?')
})

t.test('a CA file that cannot be used is a bad setting, told as any other', async (t) => {
  const folder = t.testdir({ 'none.pem': 'ca' })
  const { exitCode, of, steps } = await runCheck(['--ca-file', `${folder}/none.pem`])
  t.equal(exitCode, 2)
  const detail = `the CA file holds no certificate (--ca-file ${folder}/none.pem)`
  t.match(of('settings'), { status: 'fail', detail, hint: /PEM/ })
  t.ok(steps.slice(1).every(({ status }) => status === 'skip'))
})
