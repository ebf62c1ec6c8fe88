import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import t from 'tap'
import { startProxy } from '../../src/commands/start-proxy.js'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { loadIdentity } from '../../src/identity/load-identity.js'
import { spawnCli } from '../cli/spawn-cli.js'
import { serve } from '../fakes/serve.js'
import { fileOf, identityOf, mintFailure } from '../identity/mint.js'
import { load } from '../settings/load.js'
import { createConnectProxy } from '../upstream/connect-proxy.js'

t.test('a token endpoint is asked through HTTPS_PROXY, with its user and password', async (t) => {
  const authority = await createCertificateAuthority()
  const { certificatePem: cert, keyPem: key } = await authority.issue({ names: ['localhost'] })
  const answer = { body: { access_token: 'ya29.ok', expires_in: 3600 } }
  const endpoint = await serve(t, () => answer, { cert, key })
  const proxy = await createConnectProxy(t)
  const { keyFile } = await createServiceAccount()
  const caFile = join(t.testdir(), 'ca.pem')
  writeFileSync(caFile, authority.certificatePem)
  const host = endpoint.origin.replace('https://127.0.0.1', 'localhost')
  const argv = ['token', fileOf(t, keyFile), '--token-type', 'access-token']
  const cli = spawnCli(t, [...argv, '--google-token-url', `https://${host}/token`], {
    NODE_EXTRA_CA_CERTS: caFile,
    HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${proxy.port}`,
  })
  t.equal(await cli.ended, 0, cli.stderr())
  t.equal(cli.stdout(), 'ya29.ok\n')
  const authorization = `Basic ${Buffer.from('user:hunter2').toString('base64')}`
  t.same(proxy.asked, [{ authority: host, authorization }])
})

t.test('a proxy that refuses the token endpoint is told from the endpoint', async (t) => {
  const proxy = await createConnectProxy(t, { refuseWith: 407 })
  const { keyFile } = await createServiceAccount()
  const argv = ['--credentials', fileOf(t, keyFile), '--token-type', 'access-token']
  const identity = identityOf([...argv, '--google-token-url', 'https://api.test/token'], {
    HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${proxy.port}`,
  })
  const { message, hint } = await mintFailure(identity)
  t.equal(message, 'api.test through HTTPS_PROXY cannot be reached: proxy returned 407')
  t.notMatch(`${message} ${hint ?? ''}`, /hunter2|secret/)
})

t.test('a proxy that refuses the upstream is a 502, its status in the log', async (t) => {
  const proxy = await createConnectProxy(t, { refuseWith: 407 })
  const settings = load(['--listen', '127.0.0.1:0', '--admin', 'off'], {
    TAILER_PROXY_TOKEN: 'abc',
    HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${proxy.port}`,
  })
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) })
  const running = await startProxy(settings, loadIdentity(settings), log)
  t.teardown(() => running.drain())
  const answer = await fetch(`${running.listening}/v1/runs`)
  t.equal(answer.status, 502)
  t.match(await answer.json(), { code: 'UPSTREAM_UNREACHABLE' })
  t.match(JSON.parse(lines.find((line) => line.includes('"request"')) ?? '{}'), {
    level: 40,
    status: 502,
    code: 'UPSTREAM_UNREACHABLE',
    reason: 'proxy returned 407',
  })
  t.equal(proxy.asked[0]?.authority, 'tailer-api-nqonovswsq-ew.a.run.app:443')
  t.notMatch(lines.join(''), /hunter2|secret/)
})
