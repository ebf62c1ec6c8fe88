import { decodeJwt } from 'jose'
import t from 'tap'
import type { GoogleCredential } from '../../src/identity/google/google-credential.js'
import { impersonate } from '../../src/identity/google/impersonation.js'
import { toToken } from '../../src/identity/to-token.js'
import { MintError } from '../../src/token/token-source.js'
import { answerIam, answerRefresh, audienceOf } from '../fakes/google.js'
import { answerMetadata } from '../fakes/metadata-server.js'
import { serve } from '../fakes/serve.js'
import { fileOf, identityOf, mint, mintFailure } from './mint.js'
import { Rerouted } from './rerouted.js'

const API = 'https://api.test'
const USER = {
  type: 'authorized_user',
  client_id: 'id',
  client_secret: 'secret',
  refresh_token: '1//refresh',
}

t.test('a login of gcloud gives ID and access tokens', async (t) => {
  const google = await serve(t, answerRefresh)
  const argv = ['--credentials', fileOf(t, USER), '--google-token-url', google.origin]
  const id = identityOf([...argv, '--token-type', 'id-token', '--audience', API])
  t.match(id, { kind: 'adc' })
  t.equal(audienceOf((await mint(id)).reveal()), API)
  const access = await mint(identityOf([...argv, '--token-type', 'access-token']))
  t.equal(access.reveal(), 'ya29.user')
  const dead = fileOf(t, { ...USER, refresh_token: 'dead' })
  const failure = await mintFailure(
    identityOf(['--credentials', dead, ...argv.slice(2), '--token-type', 'access-token']),
  )
  t.match(failure, { message: /answered 400 \(invalid_grant\)$/, hint: /log in again/ })
})

t.test('the metadata server gives tokens of the machine', async (t) => {
  const server = await serve(t, answerMetadata)
  const environment = {
    GCE_METADATA_HOST: new URL(server.origin).host,
    HTTPS_PROXY: 'http://127.0.0.1:9',
  }
  const argv = ['--identity', 'adc', '--audience', `${API}/?a=b&c`, '--token-type']
  const id = await mint(identityOf([...argv, 'id-token'], environment))
  t.match(decodeJwt(id.reveal()), { aud: `${API}/?a=b&c`, email: 'machine@p.test' })
  const access = await mint(identityOf([...argv, 'access-token'], environment))
  t.equal(access.reveal(), 'ya29.machine')
  t.ok(Math.abs(access.expiresAtMs - Date.now() - 1_800_000) < 5_000)
})

t.test('what responds in place of the metadata server is not believed', async (t) => {
  const other = await serve(t, () => ({ body: { access_token: 'captive', expires_in: 3600 } }))
  const environment = { GCE_METADATA_HOST: new URL(other.origin).host }
  const identity = identityOf(['--identity', 'adc', '--token-type', 'access-token'], environment)
  t.match(await mintFailure(identity), {
    message: /is not a metadata server$/,
    hint: /gcloud auth/,
    permanent: false,
  })
})

t.test('a service account is impersonated for ID and access tokens', async (t) => {
  const iam = await serve(t, answerIam)
  const base: GoogleCredential = {
    email: undefined,
    accessToken: () => Promise.resolve(toToken('ya29.base', 'test', 3600)),
  }
  const robot = impersonate(base, 'robot@p.test')
  const transport = new Rerouted(() => iam.origin)
  t.equal(audienceOf((await robot.idToken!(transport, API)).reveal()), API)
  const access = await robot.accessToken(transport)
  t.equal(access.reveal(), 'ya29.robot')
  t.ok(Math.abs(access.expiresAtMs - Date.now() - 3_600_000) < 5_000)
  const stranger = impersonate(base, 'other@p.test').idToken!(transport, API)
  const failure: unknown = await stranger.catch((error: unknown) => error)
  t.match(failure, { message: /\(PERMISSION_DENIED\)$/, hint: /Token Creator/ })
  t.ok(failure instanceof MintError)
})
