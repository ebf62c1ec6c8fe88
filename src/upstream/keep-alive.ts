/** How often PING is sent on each connection (RFC 9113 §6.7). */
export const PING_INTERVAL_MS = 15_000
/** How long its acknowledgement may take before the connection is given up. */
export const PING_TIMEOUT_MS = 5_000
/** For a peer that finds that too often, at least one PING in this many intervals: 64 min. */
const FEWEST_PINGS = 256

/**
 * Owns how often PING is sent: every interval, and half as often each time the peer responds with
 * ENHANCE_YOUR_CALM, as in gRPC (proposal A8, "too_many_pings").
 */
export class KeepAlive {
  /** A PING is due every this many intervals. */
  #every = 1
  #intervals = 0
  /** PINGs were sent since the last complaint: several connections may carry the same one. */
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
