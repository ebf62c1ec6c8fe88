import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { serve } from '../fakes/serve.js'
import { createConnectProxy } from '../upstream/connect-proxy.js'
import { spawnCli } from './spawn-cli.js'

/** `token` of a service account, by a token endpoint with TLS, through a proxy. */
async function mintThrough(t: Test, refuseWith?: number) {
  const authority = await createCertificateAuthority()
  const { certificatePem: cert, keyPem: key } = await authority.issue({ names: ['localhost'] })
  const answer = { body: { access_token: 'ya29.ok', expires_in: 3600 } }
  const endpoint = await serve(t, () => answer, { cert, key })
  const proxy = await createConnectProxy(t, refuseWith === undefined ? {} : { refuseWith })
  const { keyFile } = await createServiceAccount()
  const folder = t.testdir()
  writeFileSync(join(folder, 'key.json'), JSON.stringify(keyFile))
  writeFileSync(join(folder, 'ca.pem'), authority.certificatePem)
  const host = endpoint.origin.replace('https://127.0.0.1', 'localhost')
  const argv = ['token', join(folder, 'key.json'), '--token-type', 'access-token']
  const cli = spawnCli(t, [...argv, '--google-token-url', `https://${host}/token`], {
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${proxy.port}`,
  })
  const exitCode = await cli.ended
  return { exitCode, cli, proxy, host }
}

t.test('a token endpoint is asked through HTTPS_PROXY, with its user and password', async (t) => {
  const { exitCode, cli, proxy, host } = await mintThrough(t)
  t.equal(exitCode, 0, cli.stderr())
  t.equal(cli.stdout(), 'ya29.ok\n')
  const authorization = `Basic ${Buffer.from('user:hunter2').toString('base64')}`
  t.same(proxy.asked, [{ authority: host, authorization }])
})

t.test('a proxy that refuses the token endpoint is told from the endpoint', async (t) => {
  const { exitCode, cli, host } = await mintThrough(t, 407)
  t.equal(exitCode, 5)
  t.match(cli.stderr(), `tailer-proxy: ${host} through HTTPS_PROXY answered 407 (`)
  t.notMatch(cli.stderr(), /hunter2|secret/)
})

t.test('a proxy that refuses the upstream is a 502, its status in the log', async (t) => {
  const proxy = await createConnectProxy(t, { refuseWith: 407 })
  const cli = spawnCli(t, ['start', '--listen', '127.0.0.1:0', '--admin', 'off'], {
    TAILER_PROXY_TOKEN: 'abc',
    TAILER_PROXY_LOG_LEVEL: 'trace',
    HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${proxy.port}`,
  })
  const { listen } = await cli.logged('ready')
  const answer = await fetch(`${String(listen)}/v1/runs`)
  t.equal(answer.status, 502)
  t.match(await answer.json(), { code: 'UPSTREAM_UNREACHABLE' })
  t.match(await cli.logged('request'), {
    level: 40,
    status: 502,
    code: 'UPSTREAM_UNREACHABLE',
    reason: 'proxy answered 407',
  })
  t.equal(proxy.asked[0]?.authority, 'tailer-api-nqonovswsq-ew.a.run.app:443')
  t.notMatch(cli.stderr(), /hunter2/)
})
