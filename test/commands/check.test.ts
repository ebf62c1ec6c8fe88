import { chmodSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { check } from '../../src/commands/check.js'
import type { Step } from '../../src/commands/check/finding.js'
import type { Environment } from '../../src/settings/read-variables.js'
import { LOGIN, rotating } from '../fakes/firebase.js'
import { serve } from '../fakes/serve.js'
import { fileOf } from '../identity/mint.js'
import { load } from '../settings/load.js'
import { createConnectProxy } from '../upstream/connect-proxy.js'
import { createDemoFiles } from './start-demo-proxy.js'

interface Report {
  readonly exitCode: number
  readonly output: string
  readonly steps: readonly Step[]
  readonly of: (name: string) => Step | undefined
}

async function report(
  t: Test,
  argv: readonly string[],
  environment: Environment = {},
): Promise<Report> {
  const written = t.capture(process.stdout, 'write', () => true)
  const exitCode = await check(() => load(argv, environment), { json: true })
  const output = written()
    .map(({ args }) => String(args[0]))
    .join('')
  written.restore()
  const { ok, steps } = JSON.parse(output) as { ok: boolean; steps: Step[] }
  t.equal(ok, exitCode === 0)
  return { exitCode, output, steps, of: (name) => steps.find((step) => step.name === name) }
}

t.test('all is well with an API that accepts the token', async (t) => {
  const { api, flags } = await createDemoFiles(t)
  const { exitCode, output, steps, of } = await report(t, flags)
  t.equal(exitCode, 0)
  t.equal(
    steps.map(({ name }) => name).join(' '),
    'settings credentials token clock proxy dns tcp tls request',
  )
  for (const { name, status } of steps) t.equal(status, 'ok', name)
  t.match(of('credentials')?.detail, api.serviceAccount.client_email)
  t.match(of('credentials')?.detail, /mode 0600/)
  t.match(of('token')?.detail, `kid ${api.serviceAccount.private_key_id}`)
  t.match(of('tls')?.detail, /TLSv1\.3, h2, certificate by .*days left/)
  t.notMatch(output, /eyJ|PRIVATE KEY/, 'safe to paste')
})

t.test('a wrong audience fails at the request, which says what to do', async (t) => {
  const { flags } = await createDemoFiles(t)
  const { exitCode, of } = await report(t, [...flags, '--audience', 'https://else.example'])
  t.equal(exitCode, 5)
  t.match(of('request'), { status: 'fail', detail: /401/, hint: /--audience/ })
})

t.test('what a tailer login’s token is for is not the proxy’s to choose', async (t) => {
  const { api, caFile } = await createDemoFiles(t)
  const firebase = await serve(t, rotating())
  const { of } = await report(t, [
    ...['--upstream', api.origin, '--ca-file', caFile, '--credentials', fileOf(t, LOGIN)],
    ...['--firebase-token-url', firebase.origin],
  ])
  t.equal(of('token')?.status, 'ok')
})

t.test('a bad setting ends it with 2, and nothing else is tried', async (t) => {
  const { exitCode, steps } = await report(t, ['--listen', 'nonsense'])
  t.equal(exitCode, 2)
  t.match(steps[0], { name: 'settings', status: 'fail', detail: /--listen/ })
  for (const { name, status } of steps.slice(1)) t.equal(status, 'skip', name)
})

t.test(
  'credentials that cannot work end it with 3, and the way to the upstream is still looked at',
  async (t) => {
    const { flags, credentials } = await createDemoFiles(t)
    writeFileSync(credentials, '{"type":"service_account","private_key":"hunter2"}')
    const { exitCode, output, of } = await report(t, flags)
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
  const { exitCode, of } = await report(t, flags)
  t.equal(exitCode, 0)
  t.match(of('credentials'), { status: 'warn', hint: `chmod 600 ${credentials}` })
})

t.test('a port that is closed fails at tcp, and what follows is skipped', async (t) => {
  const { exitCode, of } = await report(t, ['--upstream', 'https://127.0.0.1:1'], {
    TAILER_PROXY_TOKEN: 'abc',
  })
  t.equal(exitCode, 5)
  t.match(of('tcp'), { status: 'fail', detail: /ECONNREFUSED/ })
  for (const name of ['clock', 'tls', 'request']) t.equal(of(name)?.status, 'skip', name)
})

t.test('a certificate that nobody vouches for fails at tls, and names --ca-file', async (t) => {
  const { api } = await createDemoFiles(t)
  const { of } = await report(t, ['--upstream', api.origin], { TAILER_PROXY_TOKEN: 'abc' })
  t.match(of('tls'), { status: 'fail', hint: /--ca-file/ })
  t.equal(of('request')?.status, 'skip', 'the token was not sent')
})

t.test('through a proxy, DNS and TCP are its affair', async (t) => {
  const { flags } = await createDemoFiles(t)
  const { port } = await createConnectProxy(t)
  const environment = { HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${port}` }
  const { exitCode, output, of } = await report(t, flags, environment)
  t.equal(exitCode, 0)
  t.match(of('proxy'), { status: 'ok', detail: `http://127.0.0.1:${port}, with user and password` })
  t.equal(of('tcp')?.status, 'skip')
  t.equal(of('request')?.status, 'ok')
  t.notMatch(output, /hunter2/)
})

t.test('a proxy that wants a password fails at proxy', async (t) => {
  const { flags } = await createDemoFiles(t)
  const { port } = await createConnectProxy(t, { refuseWith: 407 })
  const environment = { HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${port}` }
  const { exitCode, output, of } = await report(t, flags, environment)
  t.equal(exitCode, 5)
  t.match(of('proxy'), { status: 'fail', detail: /407/, hint: /user and password/ })
  t.notMatch(output, /hunter2/)
})
