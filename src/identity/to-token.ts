import { MintError } from '../token/token-source.js'
import { isBearerToken, readExpiry, Token } from '../token/token.js'

/** A stated lifetime of more than a century is ignored. */
const MAX_LIFE_S = 3_200_000_000

/**
 * Creates a token from what an endpoint or a command returned.
 * @param from its origin, for people
 * @param lifeSeconds the stated lifetime, used if its own `exp` cannot be read
 * @throws {MintError} without quoting it
 */
export function toToken(value: unknown, from: string, lifeSeconds?: unknown): Token {
  if (typeof value !== 'string' || !isBearerToken(value)) {
    throw new MintError(`${from} gave no token`)
  }
  const receivedAtMs = Date.now()
  const seconds = Number(lifeSeconds)
  const isTold = seconds > 0 && seconds < MAX_LIFE_S
  const toldMs = isTold ? receivedAtMs + seconds * 1000 : undefined
  const expiresAtMs = readExpiry(value, receivedAtMs) ?? toldMs
  if (expiresAtMs === undefined) throw new MintError(`${from} gave a token without an expiry`)
  return new Token(value, receivedAtMs, expiresAtMs)
}
