import type { Log } from '../log/log.js'
import type { Outcome, TrafficObserver } from '../proxy/traffic.js'

/**
 * Owns the warning that the upstream refuses the token: one a change of state, and a word when it
 * takes the token again. A request that fails otherwise says nothing about the token.
 * @param hint for a status, as things stand
 */
export class Refusals implements TrafficObserver {
  readonly #log: Log
  readonly #hint: (status: 401 | 403) => string
  #refusedWith: 401 | 403 | undefined

  constructor(log: Log, hint: (status: 401 | 403) => string) {
    this.#log = log
    this.#hint = hint
  }

  onOutcome({ source, status }: Outcome): void {
    if (source !== 'upstream' || status === this.#refusedWith) return
    if (status === 401 || status === 403) {
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
}
