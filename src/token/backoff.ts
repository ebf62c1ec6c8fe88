/** First pause after a failure, and the longest, in milliseconds. */
const FIRST_MS = 1_000
const LONGEST_MS = 30_000

/**
 * The pause before try number `failures + 1`: 1 s doubling to 30 s, the upper half of it random,
 * so that many proxies whose endpoint came back do not ask it all at once.
 * @param failures how many tries failed in a row, at least 1
 * @param random a number in [0, 1)
 */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1))
  return ceiling / 2 + (ceiling / 2) * random
}
