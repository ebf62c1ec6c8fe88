import t, { type Test } from 'tap'
import { idToken } from '../../fakes/google.js'
import { serve } from '../../fakes/serve.js'
import { fileOf } from '../../identity/mint.js'
import { startUpstream } from '../../integration/recording-upstream.js'
import { createRawServer } from '../../upstream/raw-server.js'
import { runCheck } from './run-check.js'

const TOKEN = { TAILER_PROXY_TOKEN: 'abc' }

/**
 * Flags for an upstream that gives this answer to whoever has a token, and 404 to all others. Its
 * clock is so many seconds ahead.
 */
async function upstreamOf(t: Test, status: number, aheadSeconds = 0): Promise<string[]> {
  const upstream = await startUpstream(t)
  upstream.answer = (stream, { fields }) => {
    const hasToken = fields.includes('authorization')
    const date = new Date(Date.now() + 1000 * aheadSeconds).toUTCString()
    stream.respond({ ':status': hasToken ? status : 404, date })
    stream.end()
  }
  return ['--upstream', upstream.origin, '--ca-file', upstream.caFile]
}

for (const [seconds, status, detail] of [
  [0, 'ok', /^in step/],
  [-5, 'ok', /^[45] s ahead/],
  [-30, 'warn', /^(29|30) s ahead/],
  [125, 'fail', /^2 min behind/],
  [-3600, 'fail', /^(59|60) min ahead/],
] as const) {
  t.test(`a clock that is ${-seconds} s off is ${status}`, async (t) => {
    const { exitCode, of } = await runCheck(await upstreamOf(t, 200, seconds), TOKEN)
    t.match(of('clock'), { status, detail })
    t.equal(exitCode, status === 'fail' ? 5 : 0)
    t.equal(of('clock')?.hint !== null, status !== 'ok')
  })
}

t.test('401 and 403 are told apart', async (t) => {
  const unauthorized = await runCheck(await upstreamOf(t, 401), TOKEN)
  t.match(unauthorized.of('request'), {
    status: 'fail',
    detail: /401: the token is refused/,
    hint: /^most likely the token: /,
  })
  const forbidden = await runCheck(await upstreamOf(t, 403), TOKEN)
  t.match(forbidden.of('request'), {
    status: 'fail',
    detail: /403: the token is valid/,
    hint: /Cloud Run Invoker \(roles\/run\.invoker\)/,
  })
  t.equal(unauthorized.exitCode + forbidden.exitCode, 10)
})

t.test('any other response is good', async (t) => {
  for (const status of [200, 302, 404]) {
    const { exitCode, of } = await runCheck(await upstreamOf(t, status), TOKEN)
    t.equal(exitCode, 0)
    t.match(of('request')?.detail, `returned ${status}`)
  }
})

t.test('with a wrong clock, a 401 is put down to that', async (t) => {
  const { of } = await runCheck(await upstreamOf(t, 401, -300), TOKEN)
  t.match(of('request')?.hint, /clock/)
})

t.test('a tailer login is not asked for an audience, and is told to log in again', async (t) => {
  const firebase = await serve(t, () => ({
    body: {
      id_token: idToken({
        iss: 'https://securetoken.google.com/a-project',
        aud: 'a-project',
        email: 'a@b.test',
      }),
      refresh_token: 'refresh-1',
      expires_in: '3600',
    },
  }))
  const credentials = fileOf(t, {
    user_email: 'a@b.test',
    tailer_firebase_api_key: 'AIza-key',
    firebase_user: { refreshToken: 'refresh-0' },
  })
  const login = ['--credentials', credentials, '--firebase-token-url', firebase.origin]
  const good = await runCheck([...(await upstreamOf(t, 200)), ...login])
  t.match(good.of('credentials')?.detail, /^tailer a@b\.test, from /)
  t.match(good.of('token'), { status: 'ok', detail: /aud a-project.*min left$/ })
  t.equal(good.exitCode, 0)
  t.notMatch(good.output, /AIza|refresh-|eyJ/)

  const bad = await runCheck([...(await upstreamOf(t, 401)), ...login])
  t.match(bad.of('request')?.hint, /`tailer auth login`/)
})

t.test('a failure of the upstream’s own is a warning', async (t) => {
  for (const status of [500, 503]) {
    const { exitCode, of } = await runCheck(await upstreamOf(t, status), TOKEN)
    t.equal(exitCode, 0)
    t.match(of('request'), { status: 'warn', detail: `returned ${status}`, hint: /the upstream/ })
  }
})

t.test(
  'an upstream that hangs is named as one, within one deadline for both requests',
  async (t) => {
    const upstream = await startUpstream(t)
    upstream.answer = () => undefined
    const flags = ['--upstream', upstream.origin, '--ca-file', upstream.caFile]
    const startedMs = performance.now()
    const { exitCode, of } = await runCheck([...flags, '--connect-timeout', '1s'], TOKEN)
    t.equal(exitCode, 5)
    t.match(of('clock'), { status: 'skip' })
    t.match(of('request'), {
      status: 'fail',
      detail: /no response came within 2 s/,
      hint: /starting/,
    })
    t.ok(performance.now() - startedMs < 4_000)
  },
)

t.test(
  'who agrees on HTTP/2 and then speaks something else is told from a lost connection',
  async (t) => {
    const server = await createRawServer({
      onConnection(connection) {
        connection.send(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))
        return true
      },
    })
    t.teardown(() => {
      server.close()
    })
    const flags = ['--upstream', server.origin, '--ca-file', fileOf(t, server.caPem)]
    const { exitCode, of } = await runCheck(flags, TOKEN)
    t.match(of('request'), { status: 'fail', hint: /does not speak HTTP\/2/ })
    t.equal(exitCode, 5)
  },
)
