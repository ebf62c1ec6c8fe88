import type { Settings } from '../../settings/table.js'
import { MintError, type TokenSource } from '../../token/token-source.js'
import type { Token } from '../../token/token.js'
import type { TokenTransport } from '../endpoint/token-transport.js'

/** What an access token may be used for; Google asks for it wherever one is made. */
export const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform'

/** Owns the seam between the kinds of Google credentials and the tokens made in their name. */
export interface GoogleCredential {
  /** Of the account, where the credential names one. */
  readonly email: string | undefined
  /** @throws {MintError} */
  accessToken(transport: TokenTransport): Promise<Token>
  /** Absent where Google gives none for this kind. @throws {MintError} */
  idToken?(transport: TokenTransport, audience: string): Promise<Token>
}

export type GoogleSettings = Pick<
  Settings,
  'googleTokenUrl' | 'httpsProxy' | 'noProxy' | 'tokenType' | 'audience'
>

/** Tokens signed or handed out by Google, `--token-type` says which. */
export function createGoogleSource(
  credential: GoogleCredential,
  settings: GoogleSettings,
): TokenSource {
  return {
    async mint(signal) {
      const { TokenTransport } = await import('../endpoint/token-transport.js')
      const transport = new TokenTransport(settings, signal)
      try {
        if (settings.tokenType !== 'id-token') return await credential.accessToken(transport)
        if (credential.idToken !== undefined) {
          return await credential.idToken(transport, settings.audience)
        }
      } catch (error) {
        if (error instanceof MintError) throw error
        // The library's own words can hold what an endpoint or a program answered.
        throw new MintError('the credentials gave no token')
      }
      throw new MintError('these credentials cannot get an ID token', { permanent: true })
    },
  }
}
