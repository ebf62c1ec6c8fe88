import type { Token } from './token.js'

/** Owns the interface between identities, which can mint, and the keeper, which decides when. */
export interface TokenSource {
  /**
   * Mints a new token, never from a cache. Each call to an endpoint takes at most 10 s.
   * @throws {MintError}
   */
  mint(signal: AbortSignal): Promise<Token>
}

export interface MintErrorDetails {
  /** The credentials can never work: missing, malformed, wrong kind. */
  permanent?: boolean
  /** The endpoint's `retry-after`, in milliseconds. */
  retryAfterMs?: number
  /** How to fix it. */
  hint?: string
  cause?: unknown
}

/** A token could not be minted. The message is ours: it never quotes a credential or a response. */
export class MintError extends Error {
  override readonly name = 'MintError'
  readonly permanent: boolean
  readonly retryAfterMs: number
  readonly hint: string | undefined

  constructor(message: string, details: MintErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.permanent = details.permanent ?? false
    this.retryAfterMs = details.retryAfterMs ?? 0
    this.hint = details.hint
  }
}
