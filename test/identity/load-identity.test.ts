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
  t.match(loadFailure(['--identity', 'service-account', '--credentials', fileOf(t, USER)]), {
    exitCode: 3,
    message: '--identity service-account does not go with authorized_user credentials',
  })
  t.match(loadFailure(['--identity', 'adc', '--credentials', fileOf(t, TAILER)]), {
    message: '--identity adc does not go with a tailer login',
  })
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
  const failure = { exitCode: 3, message: /--impersonate does not go with/ }
  t.match(loadFailure([...argv, '--exec', 'a']), failure)
  t.match(loadFailure(argv, { TAILER_PROXY_TOKEN: 'a' }), failure)
  t.match(loadFailure([...argv, '--credentials', fileOf(t, TAILER)]), failure)
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

t.test('a file that cannot be used is named for what it is', (t) => {
  const cases: [content: unknown, what: RegExp, name?: string][] = [
    [{ installed: { client_id: 'a', client_secret: 'CANARY' } }, /OAuth client secret/],
    [{ web: { client_id: 'a', client_secret: 'CANARY' } }, /OAuth client secret/],
    ['AIzaSyCANARY0123456789012345678901234567', /API key/],
    [{ keyString: 'CANARY' }, /API key/],
    ['-----BEGIN PRIVATE KEY-----\nCANARY', /private key in PEM/],
    ['eyJh.CANARY.c2ln', /a token/],
    [{ type: 'impersonated_service_account', CANARY: 1 }, /impersonated_service_account/],
    [{ type: 'external_account_authorized_user' }, /workforce login/],
    [{ type: 'gdch_service_account' }, /Distributed Cloud/],
    [{ type: 'authorized_user' }, /client_id is missing/],
    [{ type: 'external_account', token_url: ['CANARY'] }, /token_url is not text/],
    [{ type: 'CANARY' }, /kind of credentials file is not known/],
    ['{"CANARY', /not JSON/],
    ['[1]', /not a JSON object/],
    ['', /^credentials file is empty$/],
    [' \n', /^credentials file is empty$/],
    ['listen: 127.0.0.1:1\nadmin: off\n', /a tailer-proxy config, not a credentials file/],
    [{ listen: '127.0.0.1:1' }, /a tailer-proxy config, not a credentials file/],
    [{ tailer_firebase_api_key: 'CANARY' }, /nobody is logged in/],
    [' '.repeat(64 * 1024 + 1), /larger than 64KiB/],
    [{ ...keyFile, private_key: 'CANARY' }, /not a complete private key/],
    [{ ...keyFile, private_key: pemOf('ec') }, /private_key is ec, not RSA/],
    [{ ...keyFile, private_key: pemOf('rsa', 'CANARY') }, /private_key is encrypted/],
    [{ ...keyFile, private_key: 7 }, /private_key is not text/],
    [{ ...keyFile, client_email: undefined }, /client_email is missing/],
    [{ ...keyFile, private_key: undefined }, /private_key is missing/],
    [{ ...keyFile, private_key_id: '' }, /private_key_id is missing/],
    [{ ...keyFile, client_email: 'CANARY' }, /client_email is not an e-mail address/],
  ]
  for (const [content, what, name] of cases) {
    const failure = loadFailure(['--credentials', fileOf(t, content, name)])
    t.match(failure, { exitCode: 3, message: what, hint: /./ })
    t.notMatch(`${failure.message} ${String(failure.hint)}`, /CANARY/)
  }
  const p12 = fileOf(t, '', 'key.p12')
  writeFileSync(p12, Buffer.from([0x30, 0x82, 0xff, 0xfe]))
  t.match(loadFailure(['--credentials', p12]), { message: /p12/, hint: /JSON/ })
  const renamed = fileOf(t, '')
  writeFileSync(renamed, Buffer.from([0x30, 0x82, 0xff, 0xfe]))
  t.match(loadFailure(['--credentials', renamed]), { message: /UTF-8 text$/, hint: /p12.*JSON/ })
  t.match(loadFailure(['--credentials', '/nonexistent/key.json']), { message: /does not exist/ })
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
