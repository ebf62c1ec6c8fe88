import type { TokenSource } from '../token/token-source.js'
import { credentialError } from './credential-error.js'
import type { CredentialFile } from './file/parse-credential-file.js'
import { toToken } from './to-token.js'
import type { TransportSettings } from './endpoint/token-transport.js'

/** What `tailer auth login` stored in `tailer-configuration.json`. */
export interface TailerLogin {
  readonly email: string | undefined
  /** The Firebase project's key; it is part of the URL, which therefore is never shown. */
  readonly apiKey: string
  readonly refreshToken: string
}

const HINT = 'log in again with `tailer auth login`'

/** Whether a file is the tailer SDK's, of its current or older format. */
export function isTailerConfiguration(file: CredentialFile): boolean {
  return Object.keys(file).some((key) => /^(tailer|jarvis)_|^firebase_user$/.test(key))
}

/**
 * Reads the SDK's file, whose keys once began with `jarvis_`.
 * @throws {FatalError} with exit code 3
 */
export function readTailerConfiguration(file: CredentialFile, path: string): TailerLogin {
  const apiKey = file['tailer_firebase_api_key'] ?? file['jarvis_firebase_api_key']
  const user = file['firebase_user'] ?? file['tailer_firebase_user'] ?? file['jarvis_firebase_user']
  const refreshToken =
    typeof user === 'object' && user !== null && 'refreshToken' in user ? user.refreshToken : null
  const email = file['user_email']
  if (user === undefined || user === null) {
    const what = 'nobody is logged in: this tailer configuration has no firebase_user'
    throw credentialError(what, path, 'log in with `tailer auth login`')
  }
  if (typeof apiKey !== 'string' || apiKey === '') {
    throw credentialError('tailer login: tailer_firebase_api_key is missing', path, HINT)
  }
  if (typeof refreshToken !== 'string' || refreshToken === '') {
    throw credentialError('tailer login: firebase_user.refreshToken is missing', path, HINT)
  }
  return { apiKey, refreshToken, email: typeof email === 'string' ? email : undefined }
}

/** Refresh tokens that the service issued to replace those of the file, keyed by the file's. */
export type Successors = Map<string, string>

/**
 * Firebase ID tokens of a user, from Google's Secure Token service.
 * @param successors kept only in memory, since the file belongs to the SDK and is never written;
 * they survive a reload, because the SDK rewrites the file with the refresh token it knows
 */
export function createTailerSource(
  { apiKey, refreshToken }: TailerLogin,
  settings: TransportSettings & { readonly firebaseTokenUrl: string },
  successors: Successors,
): TokenSource {
  const url = `${settings.firebaseTokenUrl}?key=${encodeURIComponent(apiKey)}`
  return {
    async mint(signal) {
      const { TokenTransport } = await import('./endpoint/token-transport.js')
      const response = await new TokenTransport(settings, signal).call({
        url,
        form: {
          grant_type: 'refresh_token',
          refresh_token: successors.get(refreshToken) ?? refreshToken,
        },
      })
      const { id_token: value, expires_in: seconds, refresh_token: next } = response
      // Before anything else: the one that was sent may be invalid from now on.
      if (typeof next === 'string' && next !== '') successors.set(refreshToken, next)
      return toToken(value, 'Firebase', seconds)
    },
  }
}
