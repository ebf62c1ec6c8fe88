import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { Token } from '../../token/token.js'

/** What a JWT claims; its signature is neither verified nor shown. */
export interface Claims {
  /** `alg RS256, kid …, iss …`: those that help to find out why it is refused. */
  readonly facts: readonly string[]
  readonly audiences: readonly string[]
  /** A Firebase ID token, as from a tailer login: its `aud` is a project, not a URL. */
  readonly isFirebase: boolean
}

const FIREBASE_ISSUER = 'https://securetoken.google.com/'

/** Owns what may be shown of a token; undefined if it is not a JWT. */
export function readClaims(token: Token): Claims | undefined {
  try {
    const value = token.reveal()
    const { alg, kid } = decodeProtectedHeader(value)
    const { iss, sub, aud, iat, email } = decodeJwt(value)
    const audiences = [aud].flat().filter((one) => typeof one === 'string')
    const issued = typeof iat === 'number' ? new Date(iat * 1000).toISOString() : undefined
    const shown = { alg, kid, iss, sub, email, aud: audiences.join(' ') || undefined, issued }
    return {
      facts: Object.entries(shown).flatMap(([name, claim]) =>
        typeof claim === 'string' ? [`${name} ${claim}`] : [],
      ),
      audiences,
      isFirebase: typeof iss === 'string' && iss.startsWith(FIREBASE_ISSUER),
    }
  } catch {
    return undefined
  }
}
