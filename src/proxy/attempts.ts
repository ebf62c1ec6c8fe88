import type { Unprocessed } from '../upstream/exchange.js'

/** A request is sent upstream at most this many times. */
const MAX_SENT = 2
/** A request is tried at most this many times, counting attempts that never left this process. */
const MAX_ATTEMPTS = 3

/** Owns the count of one request's attempts, and what is known of how they ended. */
export class Attempts {
  begun = 0
  /** How many times the request's headers were sent upstream. */
  sent = 0
  /** How many of those the upstream provably did not process. */
  #unprocessed = 0

  /** Whether the request may be tried again. */
  get areLeft(): boolean {
    return this.sent < MAX_SENT && this.begun < MAX_ATTEMPTS
  }

  /** Whether the upstream may have processed the request: it was sent, and not provably unprocessed. */
  get mayHaveRun(): boolean {
    return this.sent > this.#unprocessed
  }

  /** The latest attempt was sent, and provably not processed. */
  deny(reason: Unprocessed): void {
    // The headers were not sent at all.
    if (reason === 'connect') this.sent--
    else this.#unprocessed++
  }
}
