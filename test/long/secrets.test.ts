import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { type Cli, spawnCli } from '../cli/spawn-cli.js'
import { type FakeAnswer, type FakeRequest, serve } from '../fakes/serve.js'
import { fileOf } from '../identity/mint.js'

async function endOf({ ended, stdout, stderr }: Cli) {
  return { code: await ended, stdout: stdout(), stderr: stderr() }
}

const canary = (name: string): string => `CANARY${name}${randomBytes(12).toString('hex')}`
const { keyFile } = await createServiceAccount()

const SECRETS = {
  refresh: canary('refresh'),
  apiKey: canary('key'),
  client: canary('client'),
  subject: canary('subject'),
  printed: canary('printed'),
}
/** A piece of the key, as it stands in its file. */
const keyPiece = keyFile.private_key.split('\n')[5]!

const FILES = {
  account: keyFile,
  brokenAccount: { ...keyFile, private_key: keyFile.private_key.slice(0, 900) },
  user: {
    type: 'authorized_user',
    client_id: 'id',
    client_secret: SECRETS.client,
    refresh_token: SECRETS.refresh,
  },
  tailer: {
    tailer_firebase_api_key: SECRETS.apiKey,
    firebase_user: { refreshToken: SECRETS.refresh },
  },
  notJson: `{ "private_key": "${SECRETS.refresh}`,
}

/** The endpoint that echoes what it got, as some do, in each way that an answer can be wrong. */
const FAILURES: Record<string, (request: FakeRequest) => FakeAnswer> = {
  refuses: ({ body, url }) => ({
    status: 400,
    body: { error: 'invalid_grant', error_description: `${body} ${url.href}` },
  }),
  breaks: ({ body }) => ({ status: 500, body }),
  redirects: ({ body }) => ({
    status: 307,
    headers: { location: `http://127.0.0.1:9/?${body}` },
    body,
  }),
  babbles: ({ body }) => ({ body: `${body} is no JSON` }),
  misleads: ({ body }) => ({ body: { id_token: `${body} with spaces`, access_token: [body] } }),
}

const LOUD = {
  HOME: '/nonexistent',
  TAILER_PROXY_LOG_LEVEL: 'trace',
  NODE_DEBUG: 'http,https,net,tls,http2,fetch,undici,gaxios,google-auth,stream',
  GOOGLE_SDK_NODE_LOGGING: '*',
  DEBUG: '*',
}

t.setTimeout(180_000)

t.test('no secret comes out, whatever fails and however loud the logs are', async (t) => {
  let seen = ''
  let answer = FAILURES['refuses']!
  const endpoint = await serve(t, (request) => {
    seen += request.form.get('assertion') ?? ''
    return answer(request)
  })
  const urls = ['--google-token-url', endpoint.origin, '--firebase-token-url', endpoint.origin]
  const runs = [
    ['account', 'id-token'],
    ['account', 'access-token'],
    ['user', 'id-token'],
    ['user', 'access-token'],
    ['tailer', 'jwt'],
  ] as const
  const check = (text: string, what: string): void => {
    for (const [name, secret] of Object.entries(SECRETS)) {
      t.notOk(text.includes(secret), `${what}: ${name}`)
    }
    t.notOk(text.includes(keyPiece), `${what}: private key`)
    t.notOk(text.includes('-----BEGIN'), `${what}: PEM`)
    t.notMatch(text, /eyJ[\w-]+\.eyJ/, `${what}: assertion or token`)
  }
  for (const [failure, how] of Object.entries(FAILURES)) {
    answer = how
    await Promise.all(
      runs.map(async ([file, type]) => {
        const path = fileOf(t, FILES[file])
        const argv = ['token', path, '--token-type', type, ...urls]
        const { code, stdout, stderr } = await endOf(spawnCli(t, argv, LOUD))
        t.equal(code, 5, `${failure} ${file} ${stderr.slice(-300)}`)
        check(stdout + stderr, `${failure} ${file} ${type}`)
      }),
    )
  }
  t.match(seen, /eyJ/, 'assertions were sent')

  for (const file of ['brokenAccount', 'notJson'] as const) {
    const { code, stdout, stderr } = await endOf(
      spawnCli(t, ['token', fileOf(t, FILES[file])], LOUD),
    )
    t.equal(code, 3)
    check(stdout + stderr, file)
  }
  const script = `console.error('${SECRETS.printed}'); process.exit(1)`
  const exec = `'${process.execPath}' -e "${script}"`
  const { code, stdout, stderr } = await endOf(spawnCli(t, ['token', '--exec', exec], LOUD))
  t.equal(code, 5)
  check(stdout + stderr, 'exec')
})
