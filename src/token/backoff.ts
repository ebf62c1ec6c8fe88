/** First pause after a failure, and the longest, in milliseconds. */
const FIRST_MS = 1_000
const LONGEST_MS = 30_000

/**
 * The pause before try number `failures + 1`: 1 s doubling to 30 s, the upper half of it random, so
 * that many proxies do not all return at once to an endpoint that has recovered.
 * @param failures consecutive failures, at least 1
 * @param random a number in [0, 1)
 */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1))
  return ceiling / 2 + (ceiling / 2) * random
}
