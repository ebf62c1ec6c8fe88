import { MintError } from './token-source.js'
import type { Token } from './token.js'

/** A token is used until this long before it expires, or a tenth of its life if that is less. */
const USABLE_UNTIL_MS = 10_000

/**
 * The time until which a token is used, in milliseconds since the epoch.
 * @throws {MintError} if that has passed
 */
export function usableUntil({ receivedAtMs, expiresAtMs }: Token, nowMs: number): number {
  const untilMs = expiresAtMs - Math.min(USABLE_UNTIL_MS, (expiresAtMs - receivedAtMs) / 10)
  if (untilMs > nowMs) return untilMs
  throw new MintError('the token had expired when it was received', {
    hint: "compare this machine's clock with the time",
  })
}
