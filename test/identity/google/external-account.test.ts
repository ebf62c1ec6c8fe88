import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readExternalAccount } from '../../../src/identity/google/external-account.js'
import { AWS_KEY, answerInstance, isSignedByAws } from '../../fakes/aws.js'
import { answerExchange, answerIam, audienceOf } from '../../fakes/google.js'
import { serve } from '../../fakes/serve.js'
import { load } from '../../settings/load.js'
import { fileOf, folderOf, identityOf, loadFailure, mint, mintFailure } from '../mint.js'
import { Rerouted } from '../rerouted.js'

const API = 'https://api.test'
const FEDERATED = {
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: { file: '/nonexistent' },
}

const INSTANCE = 'http://169.254.169.254/latest'
const AWS_SOURCE = {
  environment_id: 'aws1',
  region_url: `${INSTANCE}/meta-data/placement/availability-zone`,
  url: `${INSTANCE}/meta-data/iam/security-credentials`,
  imdsv2_session_token_url: `${INSTANCE}/api/token`,
  regional_cred_verification_url:
    'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
}

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
  for (const { headers, form } of google.requests) {
    t.equal(headers.authorization, undefined)
    t.notOk(form.has('options'))
  }
})

t.test('a workforce’s client and project go with the exchange', async (t) => {
  const google = await serve(t, answerExchange)
  const content = {
    ...FEDERATED,
    credential_source: { file: fileOf(t, 'subject\n', 'token') },
    ...{ client_id: 'id', client_secret: 'secret', workforce_pool_user_project: '42' },
  }
  const argv = ['--credentials', fileOf(t, content), '--google-token-url', google.origin]
  await mint(identityOf([...argv, '--token-type', 'access-token']))
  const [asked] = google.requests
  t.equal(asked?.headers.authorization, `Basic ${Buffer.from('id:secret').toString('base64')}`)
  t.equal(asked?.form.get('options'), '{"userProject":"42"}')
  const path = fileOf(t, { ...content, client_secret: undefined })
  await mint(identityOf(['--credentials', path, ...argv.slice(2), '--token-type=access-token']))
  const basic = `Basic ${Buffer.from('id:').toString('base64')}`
  t.equal(google.requests[1]?.headers.authorization, basic)
})

t.test('a source that refuses is told as that, and Google is not asked', async (t) => {
  const google = await serve(t, answerExchange)
  const source = await serve(t, () => ({ status: 503, body: '' }))
  const path = fileOf(t, { ...FEDERATED, credential_source: { url: source.origin } })
  const argv = ['--credentials', path, '--google-token-url', google.origin]
  t.match(await mintFailure(identityOf([...argv, '--token-type', 'access-token'])), {
    message: `${new URL(source.origin).host} answered 503`,
  })
  t.equal(google.requests.length, 0)
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
    { ...rest, credential_source: { credentialSource: evil.origin } },
    { ...rest, credential_source: { file: 'x', url: evil.origin } },
    { ...rest, credential_source: { file: [evil.origin] } },
    { ...rest, credential_source: {} },
    rest,
    ...['url', 'region_url', 'imdsv2_session_token_url', 'regional_cred_verification_url'].map(
      (name) => ({ ...rest, credential_source: { ...AWS_SOURCE, [name]: evil.origin } }),
    ),
    { ...rest, credential_source: { ...AWS_SOURCE, environment_id: 'aws2' } },
  ]
  for (const content of hostile) {
    const failure = loadFailure(['--credentials', fileOf(t, content), '--token-type=access-token'])
    t.match(failure, { exitCode: 3, message: /^external_account credentials: / })
    t.notMatch(failure.message, /evil/)
  }
  t.equal(evil.requests.length, 0)
  t.notOk(existsSync(mark))
})

t.test('a client certificate is named as what is not supported', (t) => {
  const content = { ...FEDERATED, credential_source: { certificate: { use_default: true } } }
  t.match(loadFailure(['--credentials', fileOf(t, content), '--token-type=access-token']), {
    message: /client certificate \(X\.509\), which is not supported$/,
    hint: /file, a URL, AWS or a program/,
  })
  t.end()
})

/** Google's exchange, which looks at what AWS would say to the signed request. */
async function serveAwsExchange(t: Test, region: string) {
  return serve(t, (request) => {
    const { subject_token: token = '', ...rest } = Object.fromEntries(request.form)
    const isRight =
      rest['subject_token_type'] === 'urn:ietf:params:aws:token-type:aws4_request' &&
      isSignedByAws(token, region, FEDERATED.audience)
    const form = new URLSearchParams({ ...rest, subject_token: isRight ? 'subject' : 'wrong' })
    return answerExchange({ ...request, form })
  })
}

const AWS = {
  ...FEDERATED,
  subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
  credential_source: AWS_SOURCE,
}

t.test('an AWS instance signs for itself with the role it has', async (t) => {
  const google = await serveAwsExchange(t, 'eu-west-3')
  const instance = await serve(t, answerInstance)
  const settings = load(['--google-token-url', google.origin])
  const credential = readExternalAccount(AWS, 'path', settings)
  const transport = new Rerouted(
    ({ hostname }) => (hostname === '169.254.169.254' ? instance.origin : undefined),
    settings,
  )
  t.equal((await credential.accessToken(transport)).reveal(), 'ya29.federated')
  t.equal(google.requests.length, 1)
  t.same(
    instance.requests.map(({ method, url }) => `${method} ${url.pathname.split('/').at(-1)}`),
    [
      ...['PUT token', 'GET availability-zone'],
      ...['PUT token', 'GET security-credentials', 'GET the-role'],
    ],
  )
})

t.test('with AWS keys in the environment no instance is asked', async (t) => {
  const google = await serveAwsExchange(t, 'us-east-2')
  const keys = {
    AWS_REGION: 'us-east-2',
    AWS_ACCESS_KEY_ID: AWS_KEY.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: AWS_KEY.SecretAccessKey,
    AWS_SESSION_TOKEN: AWS_KEY.Token,
  }
  Object.assign(process.env, keys)
  t.teardown(() => {
    for (const name of Object.keys(keys)) Reflect.deleteProperty(process.env, name)
  })
  const argv = ['--credentials', fileOf(t, AWS), '--google-token-url', google.origin]
  const token = await mint(identityOf([...argv, '--token-type', 'access-token']))
  t.equal(token.reveal(), 'ya29.federated')
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
  const identity = identityOf([...argv, '--token-type=access-token'], { [name]: '1' })
  t.equal((await mint(identity)).reveal(), 'ya29.federated')
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
  const token = await credential.idToken!(new Rerouted(() => google.origin), API)
  t.equal(audienceOf(token.reveal()), API)
  t.same(
    google.requests.map(({ url }) => url.pathname.split(':').at(-1)),
    ['/v1/token', 'generateIdToken'],
  )
})
