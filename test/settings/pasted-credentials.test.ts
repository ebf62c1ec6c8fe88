import t from 'tap'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { failureOf, load } from './load.js'

const { keyFile } = await createServiceAccount()
const JSON_KEY = JSON.stringify(keyFile, undefined, 2)
const BASE64_KEY = Buffer.from(JSON_KEY).toString('base64')

const SECRETS: Readonly<Record<string, string>> = {
  'key file': JSON_KEY,
  'key file of one line': JSON.stringify(keyFile),
  'key file in base64': BASE64_KEY,
  'private key': keyFile.private_key,
  'private key with literal line ends': keyFile.private_key.replaceAll('\n', '\\n'),
  JWT: `${Buffer.from('{"alg":"RS256","typ":"JWT"}').toString('base64url')}.e30.c2lnbmF0dXJl`,
  'API key': 'AIzaSyD-0123456789abcdefghijklmnopqrstu',
  'access token': 'ya29.a0AfH6SMBx0123456789',
  'refresh token': '1//0g0123456789abcdef',
  'client secret': 'GOCSPX-0123456789abcdef',
  'opaque token': 'c0ffee'.repeat(60),
}

/** Whether a stretch of the secret that could not be there by chance is in the text. */
function shows(text: string, secret: string): boolean {
  const stretch = 12
  for (let start = 0; start + stretch <= secret.length; start += stretch) {
    if (text.includes(secret.slice(start, start + stretch))) return true
  }
  return false
}

t.test('a credential where a path, a command or a flag is wanted is not shown', (t) => {
  for (const [what, secret] of Object.entries(SECRETS)) {
    const tries: [argv: string[], environment?: Record<string, string>][] = [
      [['--credentials', secret]],
      [[`--credentials=${secret}`]],
      [['--config', secret]],
      [['--ca-file', secret]],
      [['token', secret]],
      [['token', 'file.json', secret]],
      [[secret]],
      [['check', secret]],
      [['--listen', secret]],
      [['--audience', 'a', '--upstream', secret]],
      [[], { TAILER_PROXY_CREDENTIALS: secret }],
      [[], { TAILER_PROXY_CONFIG: secret }],
      [[], { TAILER_PROXY_TOKEN_FILE: secret }],
      [[], { GOOGLE_APPLICATION_CREDENTIALS: secret }],
    ]
    for (const [argv, environment] of tries) {
      const { exitCode, line, hint } = failureOf(argv, environment)
      const place = `${what}: ${argv.join(' ').slice(0, 20)} ${Object.keys(environment ?? {}).join()}`
      t.equal(exitCode, 2, place)
      t.notOk(shows(`${line}\n${hint ?? ''}`, secret), place)
    }
  }
  t.end()
})

t.test('the message says what was wanted, and where to put the secret', (t) => {
  t.match(failureOf(['token', JSON_KEY]), {
    line: '--credentials must be the path of a file, not what is in it (command line)',
    hint: /a file that only you can read/,
  })
  t.match(failureOf([], { GOOGLE_APPLICATION_CREDENTIALS: JSON_KEY }), {
    line: /^GOOGLE_APPLICATION_CREDENTIALS must be the path of a file, not what is in it/,
  })
  t.end()
})

t.test('odd paths are paths', (t) => {
  for (const path of [
    'key.json',
    './a b/{env}.json',
    '/var/run/secrets/tailer/credentials.json',
    'C:\\keys\\key.json',
    '/home/eve/eyJ.json',
    `/${'a'.repeat(255)}/${'b'.repeat(255)}`,
    '/dev/fd/63',
    '1/key',
  ]) {
    t.equal(load(['--credentials', path]).credentials, path)
  }
  t.end()
})
