/**
 * Owns the scale on which latencies are counted: four buckets to each doubling, from 64 µs to
 * 18 minutes. A percentile read from it is right to a tenth.
 */

const BUCKETS_A_DOUBLING = 4
/** 2^6 µs: what is faster is all in the first bucket. */
const FIRST_DOUBLING = 6
const DOUBLINGS = 24

export const LATENCY_BUCKETS = DOUBLINGS * BUCKETS_A_DOUBLING

export function bucketOf(durationMs: number): number {
  const doublings = Math.log2(durationMs * 1000) - FIRST_DOUBLING
  const bucket = Math.floor(doublings * BUCKETS_A_DOUBLING)
  return Math.max(0, Math.min(LATENCY_BUCKETS - 1, bucket))
}

/**
 * Milliseconds that a part of all took at most, as the middle of its bucket; null if there are none.
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
