import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { answerAssertion, answerIam, audienceOf } from '../fakes/google.js'
import { serve } from '../fakes/serve.js'
import { type ConnectProxyOptions, createConnectProxy } from '../upstream/connect-proxy.js'
import { spawnCli } from './spawn-cli.js'

const { keyFile, publicKey } = await createServiceAccount()
const email = keyFile.client_email
const authority = await createCertificateAuthority()
const names = ['oauth2.googleapis.com', 'iamcredentials.googleapis.com'] as const
const { certificatePem: cert, keyPem: key } = await authority.issue({ names })

/** Google behind a company's proxy, which wants a password; and a key file. */
async function setUp(t: Test, options: ConnectProxyOptions = {}) {
  const google = await serve(
    t,
    (request) =>
      request.url.pathname === '/token'
        ? answerAssertion(request, { email, publicKey })
        : answerIam(request),
    { cert, key },
  )
  const leadsTo = Number(new URL(google.origin).port)
  const proxy = await createConnectProxy(t, { leadsTo, ...options })
  const folder = t.testdir()
  const file = join(folder, 'key.json')
  const caFile = join(folder, 'ca.pem')
  writeFileSync(file, JSON.stringify(keyFile))
  writeFileSync(caFile, authority.certificatePem)
  const environment = {
    HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${proxy.port}`,
    // Whatever a proxy agent has to tell, it would tell here.
    DEBUG: '*',
    NODE_DEBUG: 'http,https,net,tls',
  }
  return { google, proxy, file, caFile, environment }
}

const SECRETS = new RegExp(`hunter2|${Buffer.from('user:hunter2').toString('base64')}`)

t.test(
  'an ID token of an impersonated account is fetched from Google through HTTPS_PROXY',
  async (t) => {
    const { google, proxy, file, caFile, environment } = await setUp(t)
    const argv = ['token', file, '--token-type', 'id-token', '--audience', 'https://api.test']
    const cli = spawnCli(t, [...argv, '--impersonate', 'robot@p.test'], {
      ...environment,
      NODE_EXTRA_CA_CERTS: caFile,
    })
    t.equal(await cli.ended, 0)
    t.equal(audienceOf(cli.stdout().trim()), 'https://api.test')
    t.same(
      google.requests.map(({ url }) => url.pathname.split(':').at(-1)),
      ['/token', 'generateIdToken'],
    )
    t.same(
      proxy.asked.map(({ authority }) => authority),
      names.map((name) => `${name}:443`),
    )
    t.match(proxy.asked[0]?.authorization, /^Basic /)
    t.notMatch(cli.stderr(), SECRETS)
    t.notMatch(cli.stderr(), /eyJ|ya29/)
  },
)

t.test('a proxy that refuses is told with its status, and without its password', async (t) => {
  const { file, environment } = await setUp(t, { refuseWith: 407 })
  const cli = spawnCli(t, ['token', file, '--token-type', 'id-token'], environment)
  t.equal(await cli.ended, 5)
  t.match(cli.stderr(), /^tailer-proxy: oauth2.*cannot be reached: proxy returned 407 \(.*\)$/m)
  t.match(cli.stderr(), /^hint: check HTTPS_PROXY/m)
  t.notMatch(cli.stderr(), SECRETS)
})

t.test('an endpoint that cannot prove who it is gets nothing', async (t) => {
  const { google, file, environment } = await setUp(t)
  const cli = spawnCli(t, ['token', file, '--token-type', 'id-token'], environment)
  t.equal(await cli.ended, 5)
  t.match(cli.stderr(), /cannot be reached: .*[A-Z_]*(CERT|ISSUER|SIGNATURE)[A-Z_]*/)
  t.match(cli.stderr(), /^hint: .*NODE_EXTRA_CA_CERTS/m)
  t.equal(google.requests.length, 0)
})
