import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { decodeJwt } from 'jose'

/**
 * Owns the secret: a token that cannot be printed by accident. Only `headerValue` and `reveal`
 * expose it, and only the forwarding, the `token` command and whatever redacts tokens call them.
 */
export class Token {
  readonly #value: string
  readonly #headerValue: string
  /** When it was received, in milliseconds since the epoch. */
  readonly receivedAtMs: number
  /** When it expires (`exp`, RFC 7519 §4.1.4), in milliseconds since the epoch; Infinity if never. */
  readonly expiresAtMs: number
  /** When to get another at the latest, in milliseconds since the epoch; Infinity if never. */
  readonly renewAtMs: number

  constructor(
    value: string,
    receivedAtMs: number,
    expiresAtMs: number,
    renewAtMs: number = Infinity,
  ) {
    this.#value = value
    this.#headerValue = `Bearer ${value}`
    this.receivedAtMs = receivedAtMs
    this.expiresAtMs = expiresAtMs
    this.renewAtMs = renewAtMs
  }

  /** The field value of RFC 6750 §2.1, built once: `Bearer TOKEN`. */
  get headerValue(): string {
    return this.#headerValue
  }

  /** The bare token, for the one command that prints it, and to find it in other text. */
  reveal(): string {
    return this.#value
  }

  /** The first 12 hex digits of its SHA-256: distinguishes tokens without showing them. */
  get fingerprint(): string {
    return createHash('sha256').update(this.#value).digest('hex').slice(0, 12)
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [inspect.custom](): string {
    return '[redacted]'
  }
}

/** What a bearer token may consist of (RFC 6750 §2.1: b64token), so that none can split a header. */
const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/** Whether the text can be sent as a bearer token at all. */
export function isBearerToken(text: string): boolean {
  return B64TOKEN.test(text)
}

/**
 * When a JWT expires (`exp`), in milliseconds since the epoch; undefined if it is no JWT or has
 * none. If the local clock is behind, a new token seems to be issued in the future, and to expire
 * later than it does: such a token lives from `receivedAtMs` for as long as from `iat` to `exp`.
 */
export function readExpiry(value: string, receivedAtMs: number): number | undefined {
  let claims: { exp?: unknown; iat?: unknown }
  try {
    claims = decodeJwt(value)
  } catch {
    return undefined
  }
  const { exp, iat } = claims
  if (!isTime(exp)) return undefined
  const aheadMs = isTime(iat) ? Math.max(0, iat * 1000 - receivedAtMs) : 0
  return exp * 1000 - aheadMs
}

/** The last second that a `Date` can hold. */
const MAX_TIME_S = 8.64e12

/** NumericDate (RFC 7519 §2), if it is a date at all. */
function isTime(claim: unknown): claim is number {
  return typeof claim === 'number' && Math.abs(claim) <= MAX_TIME_S
}
