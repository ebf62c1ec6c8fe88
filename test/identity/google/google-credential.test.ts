import t from 'tap'
import { createServiceAccount } from '../../../src/demo/create-service-account.js'
import { readAuthorizedUser } from '../../../src/identity/google/authorized-user.js'
import { readExternalAccount } from '../../../src/identity/google/external-account.js'
import { createGoogleSource } from '../../../src/identity/google/google-credential.js'
import { impersonate } from '../../../src/identity/google/impersonation.js'
import { createServiceAccountCredential } from '../../../src/identity/google/service-account.js'
import { readServiceAccountKey } from '../../../src/identity/google/service-account-key.js'
import { toToken } from '../../../src/identity/to-token.js'
import { serve } from '../../fakes/serve.js'
import { load } from '../../settings/load.js'
import { fileOf, identityOf, loadFailure, mintFailure } from '../mint.js'
import { Rerouted } from '../rerouted.js'

const FEDERATED = {
  type: 'external_account',
  audience: '//iam.googleapis.com/p',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
}
const USER = {
  ...{ type: 'authorized_user', client_id: 'id', client_secret: 'secret' },
  refresh_token: '1//refresh',
}
const { keyFile } = await createServiceAccount()
const machine = (origin: string, type: string) =>
  identityOf(['--identity', 'adc', '--token-type', type], {
    GCE_METADATA_HOST: new URL(origin).host,
  })
const { signal } = new AbortController()

t.test('a type of token that credentials cannot give is refused at the start', (t) => {
  t.match(loadFailure(['--identity', 'adc']), {
    exitCode: 3,
    message: 'only a service account key can make tokens of type jwt',
    where: 'metadata server',
    hint: 'add --token-type id-token (or access-token)',
  })
  const path = fileOf(t, { ...FEDERATED, credential_source: { file: '/nonexistent' } })
  t.match(loadFailure(['--credentials', path, '--token-type', 'id-token']), {
    exitCode: 3,
    message: 'these credentials cannot get a token of type id-token by themselves',
    where: path,
    hint: 'name a service account with --impersonate, or use --token-type access-token',
  })
  t.end()
})

t.test('without a subject token the source of it is named, and nobody is asked', async (t) => {
  const google = await serve(t, () => ({ body: {} }))
  for (const file of ['/nonexistent/CANARY', fileOf(t, '', 'token'), fileOf(t, ' \n', 'token')]) {
    const path = fileOf(t, { ...FEDERATED, credential_source: { file } })
    const argv = ['--credentials', path, '--google-token-url', google.origin]
    const failure = await mintFailure(identityOf([...argv, '--token-type', 'access-token']))
    t.match(failure, {
      message: 'the credential source gave no subject token',
      hint: 'check credential_source in the credentials file',
      permanent: false,
    })
  }
  t.equal(google.requests.length, 0)
})

t.test('whatever the library throws, its words go nowhere', async (t) => {
  const settings = load(['--token-type', 'access-token'])
  const broken = { email: undefined, accessToken: () => Promise.reject(new Error('CANARY')) }
  await t.rejects(createGoogleSource(broken, settings).mint(signal), {
    message: 'the credentials gave no token',
    permanent: false,
  })
  const ids = load(['--token-type', 'id-token'])
  await t.rejects(createGoogleSource(broken, ids).mint(signal), {
    message: 'these credentials cannot get an ID token',
    permanent: true,
  })
})

t.test('a metadata server that is none, or is down, is told as that', async (t) => {
  const flavor = { 'metadata-flavor': 'Google' }
  const server = await serve(t, () => ({ headers: flavor, body: '<html>' }))
  const token = machine(server.origin, 'access-token')
  t.match(await mintFailure(token), {
    message: 'the metadata server sent a response that is not JSON',
  })
  t.match(await mintFailure(machine(server.origin, 'id-token')), {
    message: 'the metadata server gave no token',
  })
  const empty = await serve(t, () => ({ headers: flavor, body: {} }))
  t.match(await mintFailure(machine(empty.origin, 'access-token')), {
    message: 'the metadata server gave no token',
  })
  server.server.close()
  server.server.closeAllConnections()
  t.match(await mintFailure(token), {
    message: /^metadata server: 127\.0\.0\.1:\d+ cannot be reached: connection refused/,
    hint:
      'there is no metadata server outside Google Cloud: log in with ' +
      '`gcloud auth application-default login`, or name a file with --credentials',
    permanent: false,
  })
})

t.test('another account is impersonated for an hour, in the name of who asks', async (t) => {
  const iam = await serve(t, () => ({ body: {} }))
  const base = {
    email: undefined,
    accessToken: () => Promise.resolve(toToken('ya29.base', 'test', 3600)),
  }
  const transport = new Rerouted(() => iam.origin)
  const robot = impersonate(base, 'a+b@p.test')
  t.equal(robot.email, 'a+b@p.test')
  const none = { message: 'Google gave no token' }
  await t.rejects(robot.accessToken(transport), none)
  await t.rejects(robot.idToken!(transport, 'https://api.test'), none)
  const path = '/v1/projects/-/serviceAccounts/a%2Bb%40p.test'
  const scope = ['https://www.googleapis.com/auth/cloud-platform']
  t.match(
    iam.requests.map(({ method, url, body, headers }) => [
      ...[method, url.pathname, headers.authorization],
      JSON.parse(body) as object,
    ]),
    [
      ['POST', `${path}:generateAccessToken`, 'Bearer ya29.base', { scope, lifetime: '3600s' }],
      [
        ...['POST', `${path}:generateIdToken`, 'Bearer ya29.base'],
        { audience: 'https://api.test', includeEmail: true },
      ],
    ],
  )
})

t.test('what Google gives for a token and is none is told as that', async (t) => {
  const body = { access_token: 'no token', id_token: 'no token', expires_in: 3600 }
  const google = await serve(t, () => ({ body }))
  const federated = { ...FEDERATED, credential_source: { file: fileOf(t, 'subject', 'token') } }
  for (const [file, type] of [
    ...([USER, keyFile, federated].map((file) => [file, 'access-token']) as [object, string][]),
    ...([USER, keyFile].map((file) => [file, 'id-token']) as [object, string][]),
  ]) {
    const argv = ['--credentials', fileOf(t, file), '--google-token-url', google.origin]
    t.match(await mintFailure(identityOf([...argv, '--token-type', type])), {
      message: 'Google gave no token',
      permanent: false,
    })
  }
})

t.test('the library does not get to log what is sent and received', async (t) => {
  const body = { access_token: 'ya29.a', id_token: 'ya29.a', expires_in: 3600, deep: 'subject' }
  const google = await serve(t, () => ({ body }))
  const format = { type: 'json', subject_token_field_name: 'deep' }
  const federated = { ...FEDERATED, credential_source: { url: google.origin, format } }
  for (const credential of [
    createServiceAccountCredential(readServiceAccountKey({ ...keyFile }, 'path')),
    readAuthorizedUser(USER, 'path'),
    readExternalAccount(federated, 'path', load()),
  ]) {
    const transport = new Rerouted(() => google.origin)
    await credential.accessToken(transport)
    await credential.idToken?.(transport, 'https://api.test').catch(() => undefined)
    t.equal(transport.interceptors.request.size, 0)
    t.equal(transport.interceptors.response.size, 0)
  }
})
