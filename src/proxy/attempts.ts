import type { Unprocessed } from '../upstream/exchange.js'

/** A request reaches the upstream at most this often, */
const MAX_SENT = 2
/** and is tried at most this often, attempts among them that never left this process. */
const MAX_ATTEMPTS = 3

/** Owns the count of one request's attempts, and what is known of their fate. */
export class Attempts {
  /** Those that were begun. */
  begun = 0
  /** How often the request's head was on its way to the upstream. */
  sent = 0
  /** Of those, the ones that the upstream provably did not process. */
  #unprocessed = 0

  /** Whether the request may be tried once more. */
  get areLeft(): boolean {
    return this.sent < MAX_SENT && this.begun < MAX_ATTEMPTS
  }

  /** Whether the upstream may have processed the request: it got its head, and did not deny it. */
  get mayHaveRun(): boolean {
    return this.sent > this.#unprocessed
  }

  /** The newest, which was sent, provably was not processed. */
  deny(reason: Unprocessed): void {
    // Then its head did not leave at all.
    if (reason === 'connect') this.sent--
    else this.#unprocessed++
  }
}
