import type { FlatHeaders } from './exchange.js'

/** More skew than this is reported: self-signed tokens fail with it. */
const TOLERATED_MS = 30_000
/** How often a response is examined. */
const LOOK_MS = 5_000

/** The wall clock, compared with the upstream's. */
export type Skew = 'ahead' | 'behind' | 'right'

/**
 * Compares the wall clock with the `date` of the upstream's responses (RFC 9110 §6.6.1), and
 * reports each change of the verdict.
 */
export class ClockSkew {
  readonly #changed: (skew: Skew, byMs: number) => void
  readonly #now: () => number
  #skew: Skew = 'right'
  #lookAtMs = -Infinity

  /** @param now wall-clock milliseconds; injected in tests */
  constructor(changed: (skew: Skew, byMs: number) => void, now: () => number = Date.now) {
    this.#changed = changed
    this.#now = now
  }

  /** @param monotonicMs when the headers arrived */
  look(headers: FlatHeaders, monotonicMs: number): void {
    if (monotonicMs < this.#lookAtMs) return
    this.#lookAtMs = monotonicMs + LOOK_MS
    const date = dateOf(headers)
    if (Number.isNaN(date)) return
    // The field has whole seconds: on average it is half a second behind.
    const byMs = this.#now() - date - 500
    const ahead = byMs > 0 ? 'ahead' : 'behind'
    const skew = Math.abs(byMs) > TOLERATED_MS ? ahead : 'right'
    if (skew === this.#skew) return
    this.#skew = skew
    this.#changed(skew, Math.round(byMs / 1000) * 1000)
  }
}

/**
 * The `date` of a response straight from the server: a cached one has an `age`. NaN if there is
 * none.
 */
function dateOf(headers: FlatHeaders): number {
  let date = NaN
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at] === 'age') return NaN
    if (headers[at] === 'date') date = Date.parse(headers[at + 1] as string)
  }
  return date
}
