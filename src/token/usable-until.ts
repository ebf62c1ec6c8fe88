import { MintError } from './token-source.js'
import type { Token } from './token.js'

/** A token serves until this long before its end, or a tenth of its life if that is less. */
const USABLE_UNTIL_MS = 10_000

/**
 * Until when a token serves, in milliseconds since the epoch.
 * @throws {MintError} if that is over
 */
export function usableUntil({ receivedAtMs, expiresAtMs }: Token, nowMs: number): number {
  const untilMs = expiresAtMs - Math.min(USABLE_UNTIL_MS, (expiresAtMs - receivedAtMs) / 10)
  if (untilMs > nowMs) return untilMs
  throw new MintError('the token had expired when it was received', {
    hint: "compare this machine's clock with the time",
  })
}
