import { MintError } from '../token/token-source.js'
import { isBearerToken, readExpiry, Token } from '../token/token.js'

/** Whoever says that a token lives for longer than a century says nothing. */
const MAX_LIFE_S = 3_200_000_000

/**
 * Makes a token of what an endpoint or a command gave.
 * @param from where it is from, for people
 * @param lifeSeconds what was said of its life, believed if its own `exp` cannot be read
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
