/**
 * Owns the scale for counting latencies: four buckets to each doubling, from 64 µs to 18 minutes.
 * Percentiles read from it are accurate to a tenth.
 */

const BUCKETS_A_DOUBLING = 4
/** 2^6 µs: anything faster is in the first bucket. */
const FIRST_DOUBLING = 6
const DOUBLINGS = 24

export const LATENCY_BUCKETS = DOUBLINGS * BUCKETS_A_DOUBLING

export function bucketOf(durationMs: number): number {
  const doublings = Math.log2(durationMs * 1000) - FIRST_DOUBLING
  const bucket = Math.floor(doublings * BUCKETS_A_DOUBLING)
  return Math.max(0, Math.min(LATENCY_BUCKETS - 1, bucket))
}

/**
 * The latency, in milliseconds, that a fraction of all requests did not exceed, as the middle of
 * its bucket; null if there are none.
 * @param part 0.95 for p95
 */
export function percentileOf(counts: Uint32Array, part: number): number | null {
  let total = 0
  for (const count of counts) total += count
  if (total === 0) return null
  let rest = Math.ceil(total * part)
  let bucket = 0
  for (const count of counts) {
    rest -= count
    if (rest <= 0) break
    bucket++
  }
  const middle = 2 ** (FIRST_DOUBLING + (bucket + 0.5) / BUCKETS_A_DOUBLING) / 1000
  return Number(middle.toPrecision(3))
}
