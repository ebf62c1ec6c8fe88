import type { TokenSource } from '../token/token-source.js'

/** The identities that a token can be minted for. */
export type IdentityKind = 'service-account' | 'tailer' | 'adc' | 'exec' | 'static'

/** Owns the seam between credential kinds and the rest: who we are, and how to get a token. */
export interface Identity {
  readonly kind: IdentityKind
  /** Of the account, where the credential names one. */
  readonly email: string | undefined
  /** Where it was found: a file's path or a variable's name, for people. */
  readonly origin: string
  readonly source: TokenSource
}
