import type { Settings } from '../../settings/table.js'
import { MintError, type TokenSource } from '../../token/token-source.js'
import type { Token } from '../../token/token.js'
import type { TokenTransport } from '../endpoint/token-transport.js'

/** The scope of access tokens; Google requires one wherever they are issued. */
export const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform'

/** Owns the interface between kinds of Google credentials and the tokens issued for them. */
export interface GoogleCredential {
  /** The account's address, if the credential names one. */
  readonly email: string | undefined
  /** @throws {MintError} */
  accessToken(transport: TokenTransport): Promise<Token>
  /** Absent where Google issues none for this kind. @throws {MintError} */
  idToken?(transport: TokenTransport, audience: string): Promise<Token>
}

export type GoogleSettings = Pick<
  Settings,
  'googleTokenUrl' | 'httpsProxy' | 'noProxy' | 'tokenType' | 'audience'
>

/** Tokens signed or issued by Google; `--token-type` says which. */
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
        // The library's own message may quote what an endpoint or a program returned.
        throw new MintError('the credentials gave no token')
      }
      throw new MintError('these credentials cannot get an ID token', { permanent: true })
    },
  }
}
