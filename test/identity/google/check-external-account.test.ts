import t from 'tap'
import { FatalError } from '../../../src/errors.js'
import { checkExternalAccount } from '../../../src/identity/google/check-external-account.js'

const FILE = {
  type: 'external_account',
  audience: '//iam.googleapis.com/p',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: { file: '/run/token' },
}
const ROBOT = '/v1/projects/-/serviceAccounts/robot@p.test:generateAccessToken'
const INSTANCE = 'http://169.254.169.254/latest'
const AWS = {
  environment_id: 'aws1',
  regional_cred_verification_url: 'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity',
}

const check = (change: object) => checkExternalAccount({ ...FILE, ...change }, 'path', false)

function failureOf(change: object): FatalError | undefined {
  try {
    check(change)
  } catch (error) {
    if (error instanceof FatalError) return error
    throw error
  }
  return undefined
}

/** What is wrong with a file that was changed so. */
const faultOf = (change: object) =>
  failureOf(change)?.message.replace(/^external_account credentials: /, '') ?? 'none'
const sourceFault = (credential_source: unknown) => faultOf({ credential_source })

t.test('what a file names is taken as it is', (t) => {
  t.same(check({}), {
    tokenUrl: FILE.token_url,
    audience: FILE.audience,
    subjectTokenType: FILE.subject_token_type,
    impersonates: undefined,
    clientId: undefined,
    clientSecret: undefined,
    userProject: undefined,
    source: { kind: 'library', options: FILE.credential_source },
  })
  t.match(
    check({
      ...{ client_id: 'id', client_secret: 'secret', workforce_pool_user_project: '42' },
      ...{ universe_domain: 'googleapis.com', token_info_url: FILE.token_url },
      service_account_impersonation_url: `https://iamcredentials.googleapis.com${ROBOT}`,
    }),
    { clientId: 'id', clientSecret: 'secret', userProject: '42', impersonates: 'robot@p.test' },
  )
  t.end()
})

t.test('what is missing or of another kind is named', (t) => {
  for (const name of ['token_url', 'audience', 'subject_token_type']) {
    t.equal(faultOf({ [name]: undefined }), `${name} is missing`)
    t.equal(faultOf({ [name]: '' }), `${name} is missing`)
    t.equal(faultOf({ [name]: 7 }), `${name} is not text`)
  }
  t.equal(faultOf({ client_id: {} }), 'client_id is not text')
  t.equal(faultOf({ universe_domain: 'evil.test' }), 'universe_domain is not googleapis.com')
  t.match(failureOf({ audience: undefined }), {
    exitCode: 3,
    where: 'path',
    hint: 'create the file again with `gcloud iam workload-identity-pools create-cred-config`',
  })
  t.match(failureOf({ credential_source: undefined }), {
    hint: /create-cred-config`: from a file, a URL, AWS or a program$/,
  })
  t.end()
})

t.test('tokens go to Google’s global, regional, mTLS and private hosts, and nowhere else', (t) => {
  const wrong = (name: string) => `${name} is not an https URL of Google`
  for (const [name, service, path] of [
    ['token_url', 'sts', '/v1/token'],
    ['token_info_url', 'sts', '/v1/introspect'],
    ['service_account_impersonation_url', 'iamcredentials', ROBOT],
  ] as const) {
    for (const host of [
      ...[`${service}.googleapis.com`, `us-east1.${service}.googleapis.com`],
      ...[`us-east1-${service}.googleapis.com`, `${service}.mtls.googleapis.com`],
      ...[`${service}.us-east1.rep.googleapis.com`, `${service}.us-east1.googleapis.com`],
      ...[`${service}-my-own.p.googleapis.com`],
    ]) {
      t.equal(faultOf({ [name]: `https://${host}${path}` }), 'none', host)
    }
    for (const url of [
      ...[`http://${service}.googleapis.com${path}`, `https://x${service}.googleapis.com${path}`],
      ...[`https://evil.test/${service}.googleapis.com`, `https://${service}.googleapis.com.evil`],
      ...[`https://${service}.evil.test.googleapis.com`, `https://${service}-p.googleapis.com`],
      ...[`https://a.b.${service}.googleapis.com`, `https://a.b-${service}.googleapis.com`],
      ...[`https://evil.${service}-a.p.googleapis.com`, `https://${service}-a.p.googleapis.com.a`],
      ...[`https://a-${service}.googleapis.com.evil`, `https://${service}.googleapis.com:444/`],
      ...[`https://user@${service}.googleapis.com/`, `https://:key@${service}.googleapis.com/`],
      ...[`https://${service}.googleapis.com/?a`, ` https://${service}.googleapis.com/`, 'x', ''],
      ...[`https://${service}.googleapis.com\\@evil.test`, `https://${service}.googleapis.com/ `],
    ]) {
      const fault = url === '' && name === 'token_url' ? 'token_url is missing' : wrong(name)
      t.equal(faultOf({ [name]: url }), fault, url)
    }
  }
  t.end()
})

t.test('an account is impersonated by its e-mail address alone', (t) => {
  for (const path of [
    ...['/v1/projects/-/serviceAccounts/robot:generateAccessToken', `/x${ROBOT}`, `${ROBOT}/x`],
    ...[ROBOT.replace('robot@', '@'), ROBOT.replace('@p.test', '@'), ROBOT.replace('/-/', '/p/')],
    ...[ROBOT.replace('robot', 'a/robot'), ROBOT.replace('p.test', 'p.test@x'), '/'],
    ROBOT.replace('AccessToken', 'IdToken'),
  ]) {
    const service_account_impersonation_url = `https://iamcredentials.googleapis.com${path}`
    t.equal(faultOf({ service_account_impersonation_url }), 'no e-mail to impersonate', path)
  }
  t.end()
})

t.test('a subject token is read from one known place', (t) => {
  const unknown = 'this kind of credential_source is not supported'
  for (const source of [
    ...[{ file: '/run/token' }, { file: 'token', format: { type: 'text' }, headers: {} }],
    ...[{ url: 'https://ci.test/token' }, { url: 'http://localhost:1/' }, { url: 'http://[::1]/' }],
    ...[{ url: `${INSTANCE}/token` }, { url: 'http://[fd00:ec2::254]/' }],
    ...[{ url: 'http://metadata.google.internal/x' }, AWS, { ...AWS, url: `${INSTANCE}/x` }],
    { ...AWS, region_url: `${INSTANCE}/x`, imdsv2_session_token_url: `${INSTANCE}/api` },
    { ...AWS, regional_cred_verification_url: 'https://sts.cn-north-1.amazonaws.com.cn/' },
  ]) {
    t.match(check({ credential_source: source }).source, { kind: 'library', options: source })
  }
  for (const source of [undefined, null, 'file', 7, ['file']]) {
    t.equal(sourceFault(source), 'credential_source is missing')
  }
  for (const source of [
    ...[{}, { file: 'a', url: 'https://a.test' }, { file: 'a', executable: {} }, { headers: {} }],
    ...[{ file: 'a', other: 1 }, { credentialSource: 'a' }, { ...AWS, file: 'a' }],
  ]) {
    t.equal(sourceFault(source), unknown, JSON.stringify(source))
  }
  t.match(
    sourceFault({ certificate: {} }),
    /client certificate \(X\.509\), which is not supported$/,
  )
  t.equal(sourceFault({ file: 7 }), 'credential_source.file is not a path')
  t.equal(
    sourceFault({ ...AWS, environment_id: 'aws2' }),
    'credential_source.environment_id is not aws1',
  )
  t.equal(
    sourceFault({ environment_id: 'aws1' }),
    'credential_source.regional_cred_verification_url is missing',
  )
  t.end()
})

t.test('a subject token is asked of https, of this machine or of its cloud', (t) => {
  for (const url of [
    'http://evil.test/',
    'ftp://localhost/',
    'http://169.254.169.254.evil.test/',
  ]) {
    t.equal(sourceFault({ url }), 'credential_source.url is not https', url)
  }
  for (const url of ['x', '', 7, ' https://a.test', 'https://a.test\\b', 'https://a b']) {
    t.equal(sourceFault({ url }), 'credential_source.url is not a URL', String(url))
  }
  const names = ['url', 'region_url', 'imdsv2_session_token_url']
  for (const name of names) {
    const fault = `credential_source.${name} is not a URL of AWS`
    for (const url of ['https://evil.test/', 'http://127.0.0.1/']) {
      t.equal(sourceFault({ ...AWS, [name]: url }), fault)
    }
  }
  for (const url of [
    ...['https://evil.test', 'http://sts.eu-west-3.amazonaws.com', 'https://sts.amazonaws.com'],
    ...['https://sts.a.b.amazonaws.com', 'https://evil-sts.a.amazonaws.com', `${INSTANCE}/x`],
    ...['https://sts.a.amazonaws.com.evil.test', 'https://sts.a.amazonaws.com.cn.evil'],
  ]) {
    t.equal(
      sourceFault({ ...AWS, regional_cred_verification_url: url }),
      'credential_source.regional_cred_verification_url is not a URL of AWS',
      url,
    )
  }
  t.end()
})

t.test('a program is named by its command line, and started only where that is allowed', (t) => {
  const sourceOf = (executable: unknown) =>
    checkExternalAccount({ ...FILE, credential_source: { executable } }, 'path', true).source
  t.same(sourceOf({ command: '/bin/a "b c" d"e" "f g"h', output_file: '/tmp/kept' }), {
    kind: 'executable',
    executable: { command: ['/bin/a', 'b c', 'd"e"', '"f g"h'], outputFile: '/tmp/kept' },
  })
  t.match(sourceOf({ command: '"/a b"', output_file: 7 }), {
    executable: { command: ['/a b'], outputFile: undefined },
  })
  const missing = 'credential_source.executable.command is missing'
  // No argument of a program can hold it: starting one would throw.
  const NUL = { command: '/bin/a b\0' }
  for (const bad of [7, null, {}, { command: 7 }, { command: '' }, { command: '""' }, NUL]) {
    t.equal(sourceFault({ executable: bad }), missing, JSON.stringify(bad))
  }
  t.match(failureOf({ credential_source: { executable: { command: 'a' } } }), {
    message: /: credential_source names a program to start$/,
    hint: 'if you trust the file, set GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1',
  })
  t.end()
})
