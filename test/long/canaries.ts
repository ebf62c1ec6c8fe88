/** Owns credentials of every kind with secrets that can be found again, and the search for them. */
import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { fileOf } from '../identity/mint.js'

const canary = (name: string): string => `CANARY${name}${randomBytes(12).toString('hex')}`
const { keyFile } = await createServiceAccount()

export const SECRETS = {
  refresh: canary('refresh'),
  apiKey: canary('key'),
  client: canary('client'),
  subject: canary('subject'),
  printed: canary('printed'),
  given: canary('given'),
  proxy: canary('proxy'),
}

/** What each must not be found as. */
const FORMS = Object.entries({
  ...SECRETS,
  'a piece of the key': keyFile.private_key.split('\n')[5]!,
  'a private key': '-----BEGIN',
  'basic of the client': Buffer.from(`id:${SECRETS.client}`).toString('base64'),
  'basic of the proxy': Buffer.from(`user:${SECRETS.proxy}`).toString('base64'),
})

/** Fails where `text` holds one of the secrets, or what looks like a JWT. */
export function checkNoSecret(t: Test, text: string, what: string): void {
  for (const [name, form] of FORMS) t.notOk(text.includes(form), `${what}: ${name}`)
  t.notMatch(text, /eyJ[\w-]+\.eyJ/, `${what}: a JWT`)
}

/**
 * Everything on: Node's own debug logs, the libraries', and ours. Without Node's `child_process`,
 * which tells the environment of what is started, a user's own; and `module`, for its length.
 */
export const LOUD = {
  HOME: '/nonexistent',
  TAILER_PROXY_LOG_LEVEL: 'trace',
  TAILER_PROXY_LOG_FORMAT: 'json',
  NODE_DEBUG: 'http,https,http2,net,tls,dns,stream,fetch,undici,timer,fs,worker',
  GOOGLE_SDK_NODE_LOGGING: '*',
  DEBUG: '*',
}

export interface Run {
  readonly argv: readonly string[]
  readonly environment?: Record<string, string>
}

/** How each identity is asked for, with `endpoint` in place of whoever gives its tokens. */
export function everyIdentity(t: Test, endpoint: string): Record<string, Run> {
  const user = {
    type: 'authorized_user',
    client_id: 'id',
    client_secret: SECRETS.client,
    refresh_token: SECRETS.refresh,
  }
  const tailer = {
    tailer_firebase_api_key: SECRETS.apiKey,
    firebase_user: { refreshToken: SECRETS.refresh },
  }
  const federated = {
    type: 'external_account',
    audience: '//iam.googleapis.com/p',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: 'https://sts.googleapis.com/v1/token',
    client_id: 'id',
    client_secret: SECRETS.client,
    credential_source: { file: fileOf(t, SECRETS.subject, 'token') },
  }
  const script = `fetch("${endpoint}", { method: "POST", body: "${SECRETS.printed}" })
    .then(async (r) => { (r.ok ? console.log : console.error)(await r.text()); r.ok || process.exit(1) })`
  const google = (file: object, type: string): Run => ({
    argv: [
      ...['--credentials', fileOf(t, file), '--token-type', type],
      ...['--google-token-url', endpoint, '--firebase-token-url', endpoint],
    ],
  })
  return {
    'service account, ID token': google(keyFile, 'id-token'),
    'service account, access token': google(keyFile, 'access-token'),
    'gcloud login, ID token': google(user, 'id-token'),
    'gcloud login, access token': google(user, 'access-token'),
    'federation, access token': google(federated, 'access-token'),
    'tailer login': google(tailer, 'jwt'),
    machine: {
      argv: ['--identity', 'adc', '--token-type', 'id-token'],
      environment: { GCE_METADATA_HOST: new URL(endpoint).host },
    },
    command: { argv: ['--exec', `'${process.execPath}' -e '${script}'`] },
  }
}

/** These need nobody, and never fail. */
export function selfSufficient(t: Test): Record<string, Run> {
  return {
    'service account, self-signed': { argv: ['--credentials', fileOf(t, keyFile)] },
    'a token': { argv: [], environment: { TAILER_PROXY_TOKEN: SECRETS.given } },
  }
}

/** Files that end every command at once. */
export const BROKEN_FILES = {
  'a truncated key': JSON.stringify({ ...keyFile, private_key: keyFile.private_key.slice(0, 900) }),
  'a truncated file': `{ "private_key": "${SECRETS.refresh}`,
  'a bare key': keyFile.private_key,
  'an unknown kind': JSON.stringify({ type: SECRETS.refresh, client_secret: SECRETS.client }),
}
