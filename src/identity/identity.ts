import type { TokenSource } from '../token/token-source.js'

/** The identities that a token can be minted for. */
export type IdentityKind = 'service-account' | 'tailer' | 'adc' | 'exec' | 'static'

/** Notified of changes to the file that an identity was read from. */
export interface WatchObserver {
  /** It changed, and is valid: the next mint uses it. */
  reloaded(): void
  /** It changed, and cannot be used: the previous content stays in use. */
  reloadFailed(reason: string, hint: string | undefined): void
}

/** Owns the interface between credential kinds and the rest: who we are, and how to get a token. */
export interface Identity {
  readonly kind: IdentityKind
  /** The account's address, if the credential names one. */
  readonly email: string | undefined
  /** The id of a service account's key, to find it in Google Cloud. */
  readonly keyId?: string | undefined
  /** Where it was found, for people: a file's path or a variable's name. */
  readonly origin: string
  readonly source: TokenSource
  /** Watches the file it was read from, if any; returns a function that stops watching. */
  readonly watch?: (observer: WatchObserver) => () => void
}
