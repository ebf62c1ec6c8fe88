import { chmodSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { LOGIN, rotating } from '../fakes/firebase.js'
import { serve } from '../fakes/serve.js'
import { fileOf } from '../identity/mint.js'
import { createConnectProxy } from '../upstream/connect-proxy.js'
import { printCheck, runCheck } from './check/run-check.js'
import { createDemoFiles } from './start-demo-proxy.js'

t.test('all is well with an API that accepts the token', async (t) => {
  const { api, flags } = await createDemoFiles(t)
  const { exitCode, output, steps, of } = await runCheck(flags)
  t.equal(exitCode, 0)
  t.equal(
    steps.map(({ name }) => name).join(' '),
    'settings credentials token clock proxy dns tcp tls request',
  )
  for (const { name, status } of steps) t.equal(status, 'ok', name)
  t.match(of('credentials')?.detail, api.serviceAccount.client_email)
  t.match(of('credentials')?.detail, /mode 0600/)
  t.match(of('credentials')?.detail, `key id ${api.serviceAccount.private_key_id}`)
  t.match(of('token')?.detail, `kid ${api.serviceAccount.private_key_id}`)
  t.match(of('token')?.detail, `aud ${api.origin}`)
  t.match(of('token')?.detail, /expires 20\S+Z, 59 min left$/)
  t.match(of('clock')?.detail, /in step/)
  t.match(of('tls')?.detail, /TLSv1\.3, ALPN h2, certificate for 127\.0\.0\.1.* by .*days left/)
  t.notMatch(output, /eyJ|PRIVATE KEY/, 'safe to paste')
})

t.test('a wrong audience fails at the request, which says what to do', async (t) => {
  const { flags } = await createDemoFiles(t)
  const { exitCode, of } = await runCheck([...flags, '--audience', 'https://else.example'])
  t.equal(exitCode, 5)
  t.match(of('request'), { status: 'fail', detail: /401/, hint: /--audience/ })
})

t.test('what a tailer login’s token is for is not the proxy’s to choose', async (t) => {
  const { api, caFile } = await createDemoFiles(t)
  const firebase = await serve(t, rotating())
  const { of } = await runCheck([
    ...['--upstream', api.origin, '--ca-file', caFile, '--credentials', fileOf(t, LOGIN)],
    ...['--firebase-token-url', firebase.origin],
  ])
  t.equal(of('token')?.status, 'ok')
})

t.test('a bad setting ends it with 2, and nothing else is tried', async (t) => {
  const { exitCode, steps } = await runCheck(['--listen', 'nonsense'])
  t.equal(exitCode, 2)
  t.match(steps[0], { name: 'settings', status: 'fail', detail: /--listen/ })
  for (const { name, status } of steps.slice(1)) t.equal(status, 'skip', name)
})

t.test(
  'credentials that cannot work end it with 3, and the way to the upstream is still looked at',
  async (t) => {
    const { flags, credentials } = await createDemoFiles(t)
    writeFileSync(credentials, '{"type":"service_account","private_key":"hunter2"}')
    const { exitCode, output, of } = await runCheck(flags)
    t.equal(exitCode, 3)
    t.match(of('credentials'), { status: 'fail', detail: /client_email is missing/ })
    t.equal(of('token')?.status, 'skip')
    t.equal(of('tls')?.status, 'ok')
    t.equal(of('request')?.status, 'skip')
    t.notMatch(output, /hunter2/)
  },
)

t.test('a key that others can read is warned of', async (t) => {
  const { flags, credentials } = await createDemoFiles(t)
  chmodSync(credentials, 0o644)
  const { exitCode, of } = await runCheck(flags)
  t.equal(exitCode, 0)
  t.match(of('credentials'), { status: 'warn', hint: `chmod 600 ${credentials}` })
})

t.test('a port that is closed fails at tcp, and what follows is skipped', async (t) => {
  const { exitCode, of } = await runCheck(['--upstream', 'https://127.0.0.1:1'], {
    TAILER_PROXY_TOKEN: 'abc',
  })
  t.equal(exitCode, 5)
  t.match(of('tcp'), { status: 'fail', detail: /ECONNREFUSED/ })
  for (const name of ['clock', 'tls', 'request']) t.equal(of(name)?.status, 'skip', name)
})

t.test('a certificate that nobody vouches for fails at tls, and names --ca-file', async (t) => {
  const { api } = await createDemoFiles(t)
  const { of } = await runCheck(['--upstream', api.origin], { TAILER_PROXY_TOKEN: 'abc' })
  t.match(of('tls'), {
    status: 'fail',
    detail: /not trusted \(UNABLE_.*\); it presents a certificate for 127.* by Tailer demo CA/,
    hint: /--ca-file/,
  })
  t.equal(of('request')?.status, 'skip', 'the token was not sent')
})

t.test('through a proxy, DNS and TCP are its affair', async (t) => {
  const { flags } = await createDemoFiles(t)
  const { port } = await createConnectProxy(t)
  const environment = { HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${port}` }
  const { exitCode, output, of } = await runCheck(flags, environment)
  t.equal(exitCode, 0)
  t.match(of('proxy'), {
    status: 'ok',
    detail: `HTTPS_PROXY http://127.0.0.1:${port}, with user and password; it connects to`,
  })
  t.equal(of('tcp')?.status, 'skip')
  t.equal(of('request')?.status, 'ok')
  t.notMatch(output, /hunter2/)
})

t.test('a proxy that is not there fails at proxy, in words', async (t) => {
  const { flags } = await createDemoFiles(t)
  const { of } = await runCheck(flags, { HTTPS_PROXY: 'http://127.0.0.1:1' })
  t.match(of('proxy'), { status: 'fail', detail: /proxy: connection refused \(ECONNREFUSED\)$/ })
})

t.test('a proxy that wants a password fails at proxy', async (t) => {
  const { flags } = await createDemoFiles(t)
  const { port } = await createConnectProxy(t, { refuseWith: 407 })
  const environment = { HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${port}` }
  const { exitCode, output, of } = await runCheck(flags, environment)
  t.equal(exitCode, 5)
  t.match(of('proxy'), { status: 'fail', detail: /407/, hint: /user and password/ })
  for (const name of ['clock', 'tls', 'request']) t.equal(of(name)?.status, 'skip', name)
  t.notMatch(output, /hunter2/)
})

t.test('NO_PROXY and the way of the tokens are told', async (t) => {
  const { flags } = await createDemoFiles(t)
  const { port } = await createConnectProxy(t)
  const endpoint = ['--token-type', 'id-token', '--google-token-url', 'https://127.0.0.1:1']
  const { of } = await runCheck([...flags, ...endpoint, '--connect-timeout', '2s'], {
    HTTPS_PROXY: `http://127.0.0.1:${port}`,
    NO_PROXY: '127.0.0.1:1,a.test',
  })
  t.match(of('proxy')?.detail, 'NO_PROXY 127.0.0.1:1,a.test; not used for 127.0.0.1:1; it connects')
  t.match(of('token'), {
    status: 'fail',
    detail: /cannot be reached: connection refused \(ECONNREFUSED\)/,
  })
})

t.test('in a file it is a paragraph a step: what was seen, and how to fix it', async (t) => {
  const argv = ['--upstream', 'https://127.0.0.1:1']
  const { exitCode, output } = await printCheck(argv, { TAILER_PROXY_TOKEN: 'abc' })
  t.equal(exitCode, 5)
  for (const line of output.split('\n')) t.ok(line.length <= 100, line)
  t.equal(output.match(/^(ok|warn|fail|skip) {2,4}[a-z]+ +\S/gm)?.length, 9)
  t.match(output, /^fail {2}tcp {10}port 1: connection refused .*\n {19}→ nothing listens there/m)
  t.match(output, /\n\nfailed at tcp \(exit code 5\)\n$/)
  t.notMatch(output, /abc/)
})
