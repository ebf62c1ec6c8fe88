import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { gaxios } from 'google-auth-library'
import t from 'tap'
import { readExternalAccount } from '../../src/identity/external-account.js'
import type { GoogleCredential } from '../../src/identity/google-credential.js'
import { impersonate } from '../../src/identity/impersonation.js'
import { TokenTransport } from '../../src/identity/token-transport.js'
import { MintError } from '../../src/token/token-source.js'
import { toToken } from '../../src/identity/to-token.js'
import { answerExchange, answerIam, answerRefresh, audienceOf, idToken } from '../fakes/google.js'
import { type FakeAnswer, type FakeRequest, serve } from '../fakes/serve.js'
import { load } from '../settings/load.js'
import { fileOf, folderOf, identityOf, loadFailure, mint, mintFailure } from './mint.js'

const API = 'https://api.test'
const USER = {
  type: 'authorized_user',
  client_id: 'id',
  client_secret: 'secret',
  refresh_token: '1//refresh',
}
const FEDERATED = {
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: { file: '/nonexistent' },
}

/** Sends what is for Google's hosts to a fake instead. */
class Rerouted extends TokenTransport {
  readonly #origin: string

  constructor(origin: string) {
    super(load(), new AbortController().signal)
    this.#origin = origin
  }

  override request<T>(options: gaxios.GaxiosOptions = {}): Promise<gaxios.GaxiosResponse<T>> {
    const { pathname, search } = new URL(String(options.url))
    return super.request<T>({ ...options, url: `${this.#origin}${pathname}${search}` })
  }
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

/** With the header rules of Google's. */
function answerMetadata({ url, headers }: FakeRequest): FakeAnswer {
  const flavor = { 'metadata-flavor': 'Google' }
  if (headers['metadata-flavor'] !== 'Google' || headers['x-forwarded-for'] !== undefined) {
    return { status: 403, headers: flavor, body: 'Missing Metadata-Flavor:Google header.' }
  }
  const account = '/computeMetadata/v1/instance/service-accounts/default'
  if (url.pathname === `${account}/token`) {
    return { headers: flavor, body: { access_token: 'ya29.machine', expires_in: 1800 } }
  }
  const audience = url.searchParams.get('audience')
  if (url.pathname === `${account}/identity` && audience !== null) {
    return { headers: flavor, body: idToken({ aud: audience }) }
  }
  return { status: 404, headers: flavor, body: 'not found' }
}

t.test('the metadata server gives tokens of the machine', async (t) => {
  const server = await serve(t, answerMetadata)
  const environment = {
    GCE_METADATA_HOST: new URL(server.origin).host,
    HTTPS_PROXY: 'http://127.0.0.1:9',
  }
  const argv = ['--identity', 'adc', '--audience', `${API}/?a=b&c`, '--token-type']
  const id = await mint(identityOf([...argv, 'id-token'], environment))
  t.equal(audienceOf(id.reveal()), `${API}/?a=b&c`)
  const access = await mint(identityOf([...argv, 'access-token'], environment))
  t.equal(access.reveal(), 'ya29.machine')
  t.ok(Math.abs(access.expiresAtMs - Date.now() - 1_800_000) < 5_000)
})

t.test('what answers in place of the metadata server is not believed', async (t) => {
  const other = await serve(t, () => ({ body: { access_token: 'captive', expires_in: 3600 } }))
  const environment = { GCE_METADATA_HOST: new URL(other.origin).host }
  const identity = identityOf(['--identity', 'adc', '--token-type', 'access-token'], environment)
  t.match(await mintFailure(identity), {
    message: /is no metadata server$/,
    hint: /gcloud auth/,
    permanent: false,
  })
})

t.test('another system’s token is exchanged, from a file or a URL', async (t) => {
  const google = await serve(t, answerExchange)
  const source = await serve(t, () => ({ body: { deep: 'subject' } }))
  const sources = [
    { file: fileOf(t, 'subject', 'token') },
    { url: source.origin, format: { type: 'json', subject_token_field_name: 'deep' } },
  ]
  for (const credential_source of sources) {
    const path = fileOf(t, { ...FEDERATED, credential_source })
    const argv = ['--credentials', path, '--google-token-url', google.origin]
    const token = await mint(identityOf([...argv, '--token-type', 'access-token']))
    t.equal(token.reveal(), 'ya29.federated')
    t.match(loadFailure([...argv, '--token-type', 'id-token']), { hint: /--impersonate/ })
  }
})

t.test('hostile external accounts are refused before anything is contacted', async (t) => {
  const evil = await serve(t, () => ({ body: {} }))
  const mark = join(folderOf(t), 'mark')
  const rest = { ...FEDERATED, credential_source: undefined }
  const urls = [
    ...[`${evil.origin}/token`, 'http://sts.googleapis.com/v1/token', 'https://evil.test/token'],
    ...['https://sts.googleapis.com.evil.test/', 'https://sts.googleapis.com@evil.test/'],
    ...['https://sts.googleapis.com:8443/', 'https://evil.test/sts.googleapis.com'],
    ...['https://storage.googleapis.com/evil', 'https://evil.storage.googleapis.com/', 'x'],
    ...['https://evil.test\\.sts.googleapis.com/', '//sts.googleapis.com/v1/token'],
  ]
  const hostile: object[] = [
    ...urls.map((token_url) => ({ ...FEDERATED, token_url })),
    ...urls.map((service_account_impersonation_url) => ({
      ...FEDERATED,
      service_account_impersonation_url,
    })),
    { ...FEDERATED, token_info_url: evil.origin },
    { ...FEDERATED, universe_domain: 'evil.test' },
    { ...rest, credential_source: { url: 'http://evil.test/' } },
    { ...rest, credential_source: { executable: { command: `touch ${mark}` } } },
    { ...rest, credential_source: { certificate: {} } },
    rest,
    {
      ...rest,
      credential_source: {
        environment_id: 'aws1',
        url: evil.origin,
        regional_cred_verification_url: 'https://sts.{region}.amazonaws.com?Action=A',
      },
    },
  ]
  for (const content of hostile) {
    const failure = loadFailure(['--credentials', fileOf(t, content), '--token-type=access-token'])
    t.match(failure, { exitCode: 3, message: /^external_account credentials: / })
    t.notMatch(failure.message, /evil/)
  }
  t.equal(evil.requests.length, 0)
  t.notOk(existsSync(mark))
})

t.test('a program is started only if that is allowed', async (t) => {
  const google = await serve(t, answerExchange)
  const folder = folderOf(t)
  const script = join(folder, 'source.cjs')
  const said = { version: 1, success: true, token_type: FEDERATED.subject_token_type }
  writeFileSync(
    script,
    `console.log(JSON.stringify({ ...${JSON.stringify(said)}, id_token: 'subject',
       expiration_time: Math.floor(Date.now() / 1000) + 600 }))`,
  )
  const command = `"${process.execPath}" "${script}"`
  const content = { ...FEDERATED, credential_source: { executable: { command } } }
  const argv = ['--credentials', fileOf(t, content), '--google-token-url', google.origin]
  const name = 'GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES'
  t.match(loadFailure([...argv, '--token-type=access-token']), { hint: new RegExp(`${name}=1`) })
  process.env[name] = '1'
  t.teardown(() => {
    Reflect.deleteProperty(process.env, name)
  })
  const token = await mint(identityOf([...argv, '--token-type=access-token'], { [name]: '1' }))
  t.equal(token.reveal(), 'ya29.federated')
})

t.test('a service account is impersonated for ID and access tokens', async (t) => {
  const iam = await serve(t, answerIam)
  const base: GoogleCredential = {
    email: undefined,
    accessToken: () => Promise.resolve(toToken('ya29.base', 'test', 3600)),
  }
  const robot = impersonate(base, 'robot@p.test')
  const transport = new Rerouted(iam.origin)
  t.equal(audienceOf((await robot.idToken!(transport, API)).reveal()), API)
  const access = await robot.accessToken(transport)
  t.equal(access.reveal(), 'ya29.robot')
  t.ok(Math.abs(access.expiresAtMs - Date.now() - 3_600_000) < 5_000)
  const stranger = impersonate(base, 'other@p.test').idToken!(transport, API)
  const failure: unknown = await stranger.catch((error: unknown) => error)
  t.match(failure, { message: /\(PERMISSION_DENIED\)$/, hint: /Token Creator/ })
  t.ok(failure instanceof MintError)
})

t.test('a federated identity impersonates the account its file names', async (t) => {
  const google = await serve(t, (request) =>
    request.url.pathname === '/v1/token' ? answerExchange(request) : answerIam(request),
  )
  const content = {
    ...FEDERATED,
    credential_source: { file: fileOf(t, 'subject', 'token') },
    service_account_impersonation_url:
      'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/robot@p.test:generateAccessToken',
  }
  const credential = readExternalAccount(content, 'path', load())
  t.equal(credential.email, 'robot@p.test')
  const token = await credential.idToken!(new Rerouted(google.origin), API)
  t.equal(audienceOf(token.reveal()), API)
  t.same(
    google.requests.map(({ url }) => url.pathname.split(':').at(-1)),
    ['/v1/token', 'generateIdToken'],
  )
})
