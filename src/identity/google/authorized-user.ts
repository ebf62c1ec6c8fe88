import { credentialError } from '../credential-error.js'
import type { GoogleCredential } from './google-credential.js'
import type { CredentialFile } from '../file/parse-credential-file.js'
import { toToken } from '../to-token.js'
import type { TokenTransport } from '../endpoint/token-transport.js'

const HINT = 'log in again with `gcloud auth application-default login`'

/**
 * A user's login, as stored by `gcloud auth application-default login`.
 * @throws {FatalError} with exit code 3
 */
export function readAuthorizedUser(file: CredentialFile, path: string): GoogleCredential {
  const field = (name: string): string => {
    const value = file[name]
    if (typeof value === 'string' && value !== '') return value
    throw credentialError(`authorized_user credentials: ${name} is missing`, path, HINT)
  }
  const clientId = field('client_id')
  const clientSecret = field('client_secret')
  const refreshToken = field('refresh_token')
  const createClient = async (transporter: TokenTransport) => {
    const { UserRefreshClient } =
      await import('google-auth-library/build/src/auth/refreshclient.js')
    return new UserRefreshClient({
      clientId,
      clientSecret,
      refreshToken,
      transporter,
      useAuthRequestParameters: false, // they log requests and responses
    })
  }
  return {
    email: undefined,
    async accessToken(transport) {
      const client = await createClient(transport)
      const { credentials } = await client.refreshAccessToken()
      const { access_token: value, expiry_date: endsAtMs } = credentials
      return toToken(value, 'Google', ((endsAtMs ?? 0) - Date.now()) / 1000)
    },
    async idToken(transport, audience) {
      const client = await createClient(transport)
      return toToken(await client.fetchIdToken(audience), 'Google')
    },
  }
}
