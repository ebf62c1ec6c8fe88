import type { Log } from '../log/log.js'
import type { Outcome, TrafficObserver } from '../proxy/traffic.js'

/** So many changes of state are told as they come, and then one a minute. */
const BURST = 5
const RENEWAL_MS = 60_000

/**
 * Owns the warning that the upstream refuses the token: one a change of state, and a word when it
 * takes the token again. A request that fails otherwise says nothing about the token. Where single
 * paths are refused the state changes with every request: more than a few changes wait for their
 * minute, and what was not told of has no end that is told.
 * @param hint for a status, as things stand
 * @param nowMs a clock that does not jump
 */
export class Refusals implements TrafficObserver {
  readonly #log: Log
  readonly #hint: (status: 401 | 403) => string
  readonly #nowMs: () => number
  /** As it was told. */
  #refusedWith: 401 | 403 | undefined
  /** Warnings that may be given at `#countedAtMs`. */
  #left = BURST
  #countedAtMs: number

  constructor(log: Log, hint: (status: 401 | 403) => string, nowMs = () => performance.now()) {
    this.#log = log
    this.#hint = hint
    this.#nowMs = nowMs
    this.#countedAtMs = nowMs()
  }

  onOutcome({ source, status }: Outcome): void {
    if (source !== 'upstream' || status === this.#refusedWith) return
    if (status === 401 || status === 403) {
      if (!this.#mayWarn()) return
      this.#refusedWith = status
      this.#log.warn({ status, hint: this.#hint(status) }, 'the upstream refuses the token')
    } else if (this.#refusedWith !== undefined && status < 499) {
      this.#refusedWith = undefined
      this.#log.info({ status }, 'the upstream accepts the token again')
    }
  }

  onReplay(): void {
    // What comes of it is an outcome.
  }

  #mayWarn(): boolean {
    const nowMs = this.#nowMs()
    this.#left = Math.min(BURST, this.#left + (nowMs - this.#countedAtMs) / RENEWAL_MS)
    this.#countedAtMs = nowMs
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
