import type { TokenSource } from '../token/token-source.js'

/** The identities that a token can be minted for. */
export type IdentityKind = 'service-account' | 'tailer' | 'adc' | 'exec' | 'static'

/** What is told of a file that an identity was read from. */
export interface WatchObserver {
  /** It changed, and is good: the next mint is with it. */
  reloaded(): void
  /** It changed, and cannot be used: what was read before stays in use. */
  reloadFailed(reason: string, hint: string | undefined): void
}

/** Owns the seam between credential kinds and the rest: who we are, and how to get a token. */
export interface Identity {
  readonly kind: IdentityKind
  /** Of the account, where the credential names one. */
  readonly email: string | undefined
  /** Of a service account's key, to find it among its keys in Google Cloud. */
  readonly keyId?: string | undefined
  /** Where it was found: a file's path or a variable's name, for people. */
  readonly origin: string
  readonly source: TokenSource
  /** Follows the file it was read from, if it was; gives the end of that. */
  readonly watch?: (observer: WatchObserver) => () => void
}
