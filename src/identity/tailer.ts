import type { TokenSource } from '../token/token-source.js'
import { credentialError } from './credential-error.js'
import type { CredentialFile } from './parse-credential-file.js'
import { toToken } from './to-token.js'
import { TokenTransport, type TransportSettings } from './token-transport.js'

/** What `tailer auth login` left in `tailer-configuration.json`. */
export interface TailerLogin {
  readonly email: string | undefined
  /** Of the Firebase project; it goes into the URL, which therefore is never told. */
  readonly apiKey: string
  readonly refreshToken: string
}

const HINT = 'log in again with `tailer auth login`'

/** Tells whether a file is of the tailer SDK, of today's generation or the older. */
export function isTailerConfiguration(file: CredentialFile): boolean {
  return Object.keys(file).some((key) => /^(tailer|jarvis)_|^firebase_user$/.test(key))
}

/**
 * Reads the SDK's file, whose keys began with `jarvis_` once.
 * @throws {FatalError} with exit code 3
 */
export function readTailerConfiguration(file: CredentialFile, path: string): TailerLogin {
  const apiKey = file['tailer_firebase_api_key'] ?? file['jarvis_firebase_api_key']
  const user = file['firebase_user'] ?? file['tailer_firebase_user'] ?? file['jarvis_firebase_user']
  const refreshToken =
    typeof user === 'object' && user !== null && 'refreshToken' in user ? user.refreshToken : null
  const email = file['user_email']
  if (typeof apiKey !== 'string' || apiKey === '') {
    throw credentialError('tailer login: tailer_firebase_api_key is missing', path, HINT)
  }
  if (typeof refreshToken !== 'string' || refreshToken === '') {
    throw credentialError('tailer login: firebase_user.refreshToken is missing', path, HINT)
  }
  return { apiKey, refreshToken, email: typeof email === 'string' ? email : undefined }
}

/**
 * Firebase ID tokens of a user, from Google's Secure Token service. A refresh token that the
 * service replaces is kept here alone: the file is the SDK's, and only read.
 */
export function createTailerSource(
  login: TailerLogin,
  settings: TransportSettings & { readonly firebaseTokenUrl: string },
): TokenSource {
  const url = `${settings.firebaseTokenUrl}?key=${encodeURIComponent(login.apiKey)}`
  let refreshToken = login.refreshToken
  return {
    async mint(signal) {
      const answer = await new TokenTransport(settings, signal).call({
        url,
        form: { grant_type: 'refresh_token', refresh_token: refreshToken },
      })
      const token = toToken(answer['id_token'], 'Firebase', answer['expires_in'])
      const { refresh_token: next } = answer
      if (typeof next === 'string' && next !== '') refreshToken = next
      return token
    },
  }
}
