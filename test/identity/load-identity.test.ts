import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { FatalError } from '../../src/errors.js'
import { fileOf, folderOf, identityOf, loadFailure } from './mint.js'

const { keyFile } = await createServiceAccount()
const USER = {
  type: 'authorized_user',
  client_id: 'id',
  client_secret: 'secret',
  refresh_token: '1//refresh',
}
const TAILER = { tailer_firebase_api_key: 'k', firebase_user: { refreshToken: 'r' } }

t.test('auto takes the first of what there is', (t) => {
  const path = fileOf(t, keyFile)
  const google = fileOf(t, keyFile)
  const home = folderOf(t)
  const tailer = join(home, '.tailer-home', 'tailer-configuration.json')
  mkdirSync(join(home, '.tailer-home'))
  writeFileSync(tailer, JSON.stringify(TAILER))
  const rest = { GOOGLE_APPLICATION_CREDENTIALS: google, HOME: home }

  t.match(identityOf([], { ...rest, TAILER_PROXY_TOKEN: 'abc' }), {
    kind: 'static',
    origin: 'TAILER_PROXY_TOKEN',
  })
  const tokenFile = fileOf(t, 'abc\n')
  t.match(identityOf([], { ...rest, TAILER_PROXY_TOKEN_FILE: tokenFile }), {
    kind: 'static',
    origin: tokenFile,
  })
  t.match(identityOf(['--exec', 'tailer auth get-token'], rest), { kind: 'exec', origin: '--exec' })
  t.match(identityOf(['--credentials', path], rest), { kind: 'service-account', origin: path })
  t.match(identityOf([], { ...rest, TAILER_PROXY_CREDENTIALS: path }), { origin: path })
  t.match(identityOf([], rest), { kind: 'service-account', origin: google })
  t.match(identityOf([], { HOME: home }), { kind: 'tailer', origin: tailer })
  t.match(loadFailure([]), {
    exitCode: 3,
    message: 'no credentials found',
    hint: /--credentials.*`tailer auth login`.*--identity adc.*tailer-proxy demo/,
  })
  t.end()
})

t.test('--identity chooses the place, and the kind of file', (t) => {
  const gcloud = folderOf(t)
  const adc = join(gcloud, 'application_default_credentials.json')
  const home = { CLOUDSDK_CONFIG: gcloud }
  const idToken = ['--identity', 'adc', '--token-type', 'id-token']
  t.match(identityOf(idToken, home), { kind: 'adc', origin: 'metadata server' })
  writeFileSync(adc, JSON.stringify(USER))
  t.match(identityOf(idToken, home), { kind: 'adc', origin: adc })
  const google = { GOOGLE_APPLICATION_CREDENTIALS: fileOf(t, keyFile) }
  t.match(identityOf(['--identity', 'tailer'], { TAILER_HOME: fileOfTailer(t) }), {
    kind: 'tailer',
  })
  t.match(loadFailure(['--identity', 'tailer'], google), { message: 'no credentials found' })
  t.match(identityOf(['--identity', 'adc'], google), { kind: 'adc' })
  t.match(identityOf(idToken, { ...home, ...google }), {
    origin: google.GOOGLE_APPLICATION_CREDENTIALS,
  })
  const none = { message: 'no credentials found', where: '--credentials' }
  const others = { ...home, TAILER_HOME: fileOfTailer(t) }
  t.match(loadFailure(['--identity', 'service-account'], others), none)
  t.match(loadFailure(['--identity', 'tailer'], { ...home, ...google }), none)
  t.match(identityOf(['--identity', 'service-account'], { ...others, ...google }), {
    origin: google.GOOGLE_APPLICATION_CREDENTIALS,
  })
  for (const [kind, content, what] of [
    ['service-account', USER, 'authorized_user credentials'],
    ['service-account', TAILER, 'a tailer login'],
    ['adc', TAILER, 'a tailer login'],
    ['tailer', keyFile, 'service_account credentials'],
    ['tailer', USER, 'authorized_user credentials'],
  ] as const) {
    const path = fileOf(t, content)
    t.match(loadFailure(['--identity', kind, '--credentials', path]), {
      exitCode: 3,
      message: `--identity ${kind} does not go with ${what}`,
      where: path,
      hint: 'leave --identity out, or name another file with --credentials',
    })
  }
  t.end()
})

function fileOfTailer(t: { after(end: () => void): void }): string {
  const folder = folderOf(t)
  writeFileSync(join(folder, 'tailer-configuration.json'), JSON.stringify(TAILER))
  return folder
}

t.test('jwt needs a service account key', (t) => {
  const failure = loadFailure(['--credentials', fileOf(t, USER)])
  t.match(failure, { exitCode: 3, message: /jwt/, hint: /--token-type id-token/ })
  t.match(loadFailure(['--identity', 'adc']), { exitCode: 3, hint: /--token-type id-token/ })
  t.end()
})

t.test('--impersonate goes with Google credentials alone', (t) => {
  const argv = ['--impersonate', 'robot@p.test', '--token-type', 'id-token']
  t.match(identityOf([...argv, '--credentials', fileOf(t, keyFile)]), { email: 'robot@p.test' })
  const failure = (what: string, where: string) => ({
    exitCode: 3,
    message: `--impersonate does not go with ${what}`,
    where,
    hint: 'leave it out, or name Google credentials with --credentials',
  })
  t.match(loadFailure([...argv, '--exec', 'a']), failure('identity exec', '--exec'))
  t.match(
    loadFailure(argv, { TAILER_PROXY_TOKEN: 'a' }),
    failure('identity static', 'TAILER_PROXY_TOKEN'),
  )
  const tailer = fileOf(t, TAILER)
  t.match(loadFailure([...argv, '--credentials', tailer]), failure('a tailer login', tailer))
  t.end()
})

/** Another private key in PEM form; a passphrase encrypts it. */
function pemOf(type: 'ec' | 'rsa', passphrase?: string): string {
  const { privateKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const cipher = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
  return privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString()
}

t.test('a file that cannot be used is named for what it is, with what to do', (t) => {
  const key = /^create a key of type JSON for a service account, and name it with --credentials$/
  const newKey = /^create a new key in Google Cloud: IAM, Service Accounts, Keys, Add key, JSON$/
  const again = /^download the key again, or name the right file with --credentials$/
  const client =
    /^log in with `gcloud auth application-default login`, or create a key of type JSON/
  const lines = /^its line ends may have been lost, or it was truncated: take the file as it was/
  const gcloud = /^log in again with `gcloud auth application-default login`$/
  const config = /^pass it with --config instead of --credentials$/
  const tailer = /^log in again with `tailer auth login`$/
  const login = /^log in with `tailer auth login`$/
  const written = /^it may not have been written yet: see what should write it$/
  const truncated = keyFile.private_key.slice(0, 200)
  const cases: [content: unknown, what: RegExp, hint: RegExp][] = [
    [
      { installed: { client_secret: 'CANARY' } },
      /holds an OAuth client secret: .* not sup/,
      client,
    ],
    [{ web: { client_secret: 'CANARY' } }, /OAuth client secret: it names an application/, client],
    ['AIzaSyCANARY0123456789012345678901234567', /holds an API key: it names a project/, key],
    [`\n AIza${'a'.repeat(30)} `, /an API key/, key],
    [`AIza${'a'.repeat(29)}`, /not JSON$/, again],
    [`CANARY AIza${'a'.repeat(30)}`, /not JSON$/, again],
    [`AIza${'a'.repeat(30)} CANARY`, /not JSON$/, again],
    ...['api_key', 'apiKey', 'key', 'keyString'].map((name): [unknown, RegExp, RegExp] => [
      { [name]: 'CANARY' },
      /holds an API key/,
      key,
    ]),
    [
      '-----BEGIN PRIVATE KEY-----\nCANARY',
      /holds a bare private key in PEM form, /,
      /^name the J/,
    ],
    ['CANARY-----BEGIN PRIVATE KEY-----', /not JSON$/, again],
    [
      ' eyJh.CANARY.c2ln\n',
      /holds a token, which is/,
      /^give a token with TAILER_PROXY_TOKEN_FILE$/,
    ],
    ['eyJh.CANARY.c2ln.x', /not JSON$/, again],
    ['a eyJh.CANARY.c2ln', /not JSON$/, again],
    [
      { type: 'impersonated_service_account', CANARY: 1 },
      /holds impersonated_service_account credentials, which is not supported$/,
      /^log in without impersonation, and name the account with --impersonate$/,
    ],
    [{ type: 'external_account_authorized_user' }, /workforce login/, /^use workload identity fed/],
    [{ type: 'gdch_service_account' }, /holds a key of Google Distributed Cloud/, key],
    [{ type: 'authorized_user' }, /^authorized_user credentials: client_id is missing$/, gcloud],
    [{ ...USER, client_secret: '' }, /: client_secret is missing$/, gcloud],
    [{ ...USER, refresh_token: 7 }, /: refresh_token is missing$/, gcloud],
    [
      { type: 'external_account', token_url: ['CANARY'] },
      /token_url is not text/,
      /^create the file/,
    ],
    [{ type: 'CANARY' }, /^this kind of credentials file is not known$/, key],
    [{ type: 'constructor' }, /kind of credentials file is not known/, key],
    [{ my_tailer_user: 'CANARY' }, /kind of credentials file is not known/, key],
    [{ my_firebase_user: 'CANARY' }, /kind of credentials file is not known/, key],
    [{ firebase_users: 'CANARY' }, /kind of credentials file is not known/, key],
    [{}, /kind of credentials file is not known/, key],
    ['{"CANARY', /^credentials file is not JSON$/, again],
    ['[1]', /^credentials file is not a JSON object$/, again],
    ['null', /^credentials file is not a JSON object$/, again],
    ['', /^credentials file is empty$/, written],
    [' \n', /^credentials file is empty$/, written],
    ['listen: 127.0.0.1:1\nadmin: off\n', /^this is a tailer-proxy config, not a credent/, config],
    [{ listen: '127.0.0.1:1' }, /a tailer-proxy config, not a credentials file/, config],
    [{ listen: '127.0.0.1:1', CANARY: 1 }, /kind of credentials file is not known/, key],
    [{ tailer_firebase_api_key: 'CANARY' }, /^nobody is logged in: this tailer configurat/, login],
    [{ ...TAILER, firebase_user: null }, /nobody is logged in/, login],
    [
      { ...TAILER, firebase_user: 'CANARY' },
      /^tailer login: firebase_user.refreshToken is/,
      tailer,
    ],
    [{ ...TAILER, firebase_user: { refreshToken: '' } }, /refreshToken is missing$/, tailer],
    [{ ...TAILER, firebase_user: { refreshToken: 7 } }, /refreshToken is missing$/, tailer],
    [{ ...TAILER, firebase_user: {} }, /refreshToken is missing$/, tailer],
    [
      { ...TAILER, tailer_firebase_api_key: '' },
      /^tailer login: tailer_firebase_api_key is/,
      tailer,
    ],
    [{ ...TAILER, tailer_firebase_api_key: 7 }, /tailer_firebase_api_key is missing$/, tailer],
    [{ jarvis_x: 'CANARY' }, /nobody is logged in/, login],
    [{ jarvis_firebase_user: null }, /nobody is logged in/, login],
    [' '.repeat(64 * 1024 + 1), /larger than 64KiB/, again],
    [{ ...keyFile, private_key: 'CANARY' }, /not a complete private key in PEM form$/, newKey],
    [{ ...keyFile, private_key: 'PRIVATE KEY CANARY' }, /not a complete private key/, newKey],
    [{ ...keyFile, private_key: '-----BEGIN CANARY' }, /not a complete private key/, newKey],
    [{ ...keyFile, private_key: truncated }, /not a complete private key/, lines],
    [{ ...keyFile, private_key: pemOf('ec') }, /private_key is ec, not RSA$/, newKey],
    [{ ...keyFile, private_key: pemOf('rsa', 'CANARY') }, /private_key is encrypted$/, newKey],
    [{ ...keyFile, private_key: 7 }, /^service account key: private_key is not text$/, newKey],
    [{ ...keyFile, client_email: undefined }, /client_email is missing$/, newKey],
    [{ ...keyFile, private_key: undefined }, /private_key is missing$/, newKey],
    [{ ...keyFile, private_key_id: '' }, /private_key_id is missing$/, newKey],
    ...['CANARY', 'CANARY@', '@CANARY', 'a b@CANARY', 'CANARY@b@c', 'CANARY@b c'].map(
      (client_email): [unknown, RegExp, RegExp] => [
        { ...keyFile, client_email },
        /^service account key: client_email is not an e-mail address$/,
        newKey,
      ],
    ),
  ]
  for (const [content, message, hint] of cases) {
    const path = fileOf(t, content)
    const failure = loadFailure(['--credentials', path])
    t.match(failure, { exitCode: 3, message, hint, where: path }, String(message))
    t.notMatch(`${failure.message} ${String(failure.hint)}`, /CANARY/)
  }
  t.end()
})

t.test('a p12 key is known by its name, and other binaries are not text', (t) => {
  t.match(loadFailure(['--credentials', '/nonexistent/key.p12']), {
    message: 'credentials file does not exist',
    hint: /^check the path/,
  })
  for (const [name, message, hint] of [
    ['key.p12', /^credentials file is a p12 key, which is not sup/, /^create a key of type JSON/],
    ['key.PFX', /is a p12 key/, /JSON/],
    [
      'key.p12.json',
      /UTF-8 text$/,
      /^save it as UTF-8; if it is a p12 key, create a key .* instead$/,
    ],
    ['p12', /UTF-8 text$/, /^save it as UTF-8/],
  ] as const) {
    const path = fileOf(t, '', name)
    writeFileSync(path, Buffer.from([0x30, 0x82, 0xff, 0xfe]))
    t.match(loadFailure(['--credentials', path]), { exitCode: 3, message, hint, where: path }, name)
  }
  t.end()
})

t.test('an identity says whose it is, and by which key', (t) => {
  const path = fileOf(t, keyFile)
  const { client_email: email, private_key_id: keyId } = keyFile
  for (const type of ['jwt', 'id-token', 'access-token']) {
    t.match(identityOf(['--credentials', path, '--token-type', type]), {
      ...{ kind: 'service-account', email, keyId, origin: path },
    })
  }
  const robot = ['--impersonate', 'robot@p.test', '--token-type', 'access-token']
  t.match(identityOf(['--credentials', path, ...robot]), { email: 'robot@p.test', keyId })
  const login = { jarvis_firebase_api_key: 'k', user_email: 'a@b.test' }
  for (const name of ['firebase_user', 'tailer_firebase_user', 'jarvis_firebase_user']) {
    const file = fileOf(t, { ...login, [name]: { refreshToken: 'r' } })
    t.match(identityOf(['--credentials', file]), { kind: 'tailer', email: 'a@b.test' }, name)
  }
  t.equal(identityOf(['--credentials', fileOf(t, { ...TAILER, user_email: 7 })]).email, undefined)
  t.end()
})

t.test('whatever a file holds, it is an identity or an error of ours', (t) => {
  const spellings = ['service_account', 'authorized_user', 'external_account', 'x']
  const names = [
    ...['type', 'client_email', 'private_key', 'private_key_id', 'client_id', 'client_secret'],
    ...['refresh_token', 'audience', 'subject_token_type', 'token_url', 'credential_source'],
    ...['service_account_impersonation_url', 'tailer_firebase_api_key', 'firebase_user', 'key'],
    ...[
      'file',
      'url',
      'executable',
      'environment_id',
      'refreshToken',
      '__proto__',
      'universe_domain',
    ],
  ]
  const text = fc.oneof(
    fc.constantFrom(...spellings, 'https://sts.googleapis.com/v1/token', keyFile.private_key),
    fc.string(),
  )
  const value = fc.oneof(
    { maxDepth: 2 },
    text,
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom(...names), text),
  )
  const file = fc.dictionary(fc.constantFrom(...names), value)
  const path = fileOf(t, '')
  fc.assert(
    fc.property(
      fc.oneof(
        file.map((content) => JSON.stringify(content)),
        fc.string(),
      ),
      (content) => {
        writeFileSync(path, content)
        for (const type of ['jwt', 'id-token']) {
          try {
            identityOf(['--credentials', path, '--token-type', type])
          } catch (error) {
            if (!(error instanceof FatalError) || error.exitCode !== 3) throw error
          }
        }
      },
    ),
    { numRuns: 200 },
  )
  t.pass()
  t.end()
})

t.test('a key file may begin with a BOM and hold its line ends as two characters', (t) => {
  const content = { ...keyFile, private_key: keyFile.private_key.replaceAll('\n', '\\n') }
  t.match(identityOf(['--credentials', fileOf(t, `\uFEFF${JSON.stringify(content)}`)]), {
    kind: 'service-account',
  })
  t.end()
})

t.test('a path that leads to no file is told as that, with what to do', (t) => {
  const folder = folderOf(t)
  t.match(loadFailure(['--credentials', folder]), {
    message: 'credentials file is a directory',
    hint: 'name the file in it',
  })
  t.match(loadFailure(['--credentials', join(folder, 'none.json')]), {
    message: 'credentials file does not exist',
    hint: /^check the path/,
  })
  t.end()
})
