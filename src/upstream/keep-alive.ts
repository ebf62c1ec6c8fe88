/** RFC 9113 §6.7: a connection is asked this often whether it lives, */
export const PING_INTERVAL_MS = 15_000
/** and given up when it does not say so within this time. */
export const PING_TIMEOUT_MS = 5_000
/** A peer that finds this too often is asked less often, down to once in so many intervals: 64 min. */
const FEWEST_PINGS = 256

/**
 * Owns how often the upstream is asked by PING: each interval, and half as often each time that it
 * answers with ENHANCE_YOUR_CALM, as gRPC does (its proposal A8, "too_many_pings").
 */
export class KeepAlive {
  /** A PING is due in each so manieth interval. */
  #every = 1
  #intervals = 0
  /** PINGs were sent since the last complaint: several connections may carry one and the same. */
  #hasAsked = false

  /** An interval is over. @returns whether PINGs are due */
  tick(): boolean {
    this.#intervals++
    const isDue = this.#intervals % this.#every === 0
    this.#hasAsked ||= isDue
    return isDue
  }

  slowDown(): void {
    if (!this.#hasAsked) return
    this.#hasAsked = false
    this.#every = Math.min(FEWEST_PINGS, this.#every * 2)
    this.#intervals = 0
  }
}
