import type { Log } from '../log/log.js'
import type { Outcome, TrafficObserver } from '../proxy/traffic.js'

/** This many changes of state are logged at once, then one a minute. */
const BURST = 5
const RENEWAL_MS = 60_000

/**
 * Owns the warning that the upstream refuses the token: one for each change of state, and a line
 * when it accepts the token again. A request that fails otherwise says nothing about the token. If
 * only some paths are refused, the state changes with every request: more than a few changes are
 * limited to one a minute, and the end of a refusal is logged only if its beginning was.
 * @param hint for a status, as things stand
 * @param nowMs a monotonic clock
 */
export class Refusals implements TrafficObserver {
  readonly #log: Log
  readonly #hint: (status: 401 | 403) => string
  readonly #nowMs: () => number
  /** As last logged. */
  #refusedWith: 401 | 403 | undefined
  /** Warnings left at `#countedAtMs`. */
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
    // The outcome follows.
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
