import { credentialError } from '../credential-error.js'
import { type CredentialFile, parseCredentialFile } from './parse-credential-file.js'
import { isTailerConfiguration } from '../tailer.js'

/** What a credentials file holds, judged by its content. */
export type CredentialKind = 'service_account' | 'authorized_user' | 'external_account' | 'tailer'

export interface KnownFile {
  readonly kind: CredentialKind
  readonly file: CredentialFile
}

const KEY_HINT = 'create a key of type JSON for a service account, and name it with --credentials'

/** For unsupported kinds: what they are, and what to do instead. */
const UNSUPPORTED: Readonly<Partial<Record<string, readonly [what: string, hint: string]>>> = {
  impersonated_service_account: [
    'impersonated_service_account credentials',
    'log in without impersonation, and name the account with --impersonate',
  ],
  external_account_authorized_user: [
    'credentials of a workforce login',
    'use workload identity federation (external_account), or a service account key',
  ],
  gdch_service_account: ['a key of Google Distributed Cloud', KEY_HINT],
}

const OAUTH_CLIENT = [
  'an OAuth client secret: it names an application, not an account',
  'log in with `gcloud auth application-default login`, or ' + KEY_HINT,
] as const
const API_KEY = ['an API key: it names a project, not an account', KEY_HINT] as const
const PEM = [
  'a bare private key in PEM form',
  'name the JSON file that the key came in: it says whose key it is',
] as const
const TOKEN = ['a token', 'give a token with TAILER_PROXY_TOKEN_FILE'] as const

/**
 * Detects the kind of a credentials file.
 * @throws {FatalError} with exit code 3, naming the kind if it is not supported
 */
export function readCredentialKind(text: string, path: string): KnownFile {
  const unsupported = ([what, hint]: readonly [string, string]) =>
    credentialError(`credentials file holds ${what}, which is not supported`, path, hint)
  const bare = text.trim()
  if (/^AIza[\w-]{30,}$/.test(bare)) throw unsupported(API_KEY)
  if (bare.startsWith('-----BEGIN')) throw unsupported(PEM)
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(bare)) throw unsupported(TOKEN)

  const file = parseCredentialFile(text, path)
  const { type } = file
  if (type === 'service_account' || type === 'authorized_user' || type === 'external_account') {
    return { kind: type, file }
  }
  if (typeof type === 'string' && Object.hasOwn(UNSUPPORTED, type)) {
    throw unsupported(UNSUPPORTED[type] ?? PEM)
  }
  if ('installed' in file || 'web' in file) throw unsupported(OAUTH_CLIENT)
  if (isTailerConfiguration(file)) return { kind: 'tailer', file }
  if (['api_key', 'apiKey', 'key', 'keyString'].some((name) => name in file)) {
    throw unsupported(API_KEY)
  }
  throw credentialError('this kind of credentials file is not known', path, KEY_HINT)
}
