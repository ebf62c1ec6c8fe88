import { ConnectionError } from './error-codes.js'

/** Frames that cost us something and bring nothing, allowed in one interval of the pool. */
const MAX_GLITCHES = 10_000
/** Each stream that ends in good order offsets this many of them. */
const FORGIVEN_GLITCHES = 1_000
/** At least this many WINDOW_UPDATEs are expected for each DATA frame we send. */
const UPDATES_PER_FRAME = 4
/** One more is expected for this many bytes: some servers return credit in small amounts. */
const BYTES_PER_UPDATE = 256
/** A long upload must not earn an unlimited number. */
const MAX_UPDATES_DUE = 1_000_000

/** For clients, where the server exceeded our limits rather than broke the protocol. */
export const TOO_MUCH =
  "The upstream sent more than this proxy's limits allow, and the connection to it was closed. " +
  'The request may have been processed.'

/** Owns the limits on what a server can make us do for nothing. */
export class Glitches {
  #count = 0
  /** WINDOW_UPDATEs expected for what we sent. */
  #updatesDue = 0

  /** @throws {ConnectionError} when there were too many */
  note(): void {
    if (++this.#count > MAX_GLITCHES) {
      throw new ConnectionError('ENHANCE_YOUR_CALM', 'too many frames that bring nothing')
    }
  }

  /** A WINDOW_UPDATE arrived. @throws {ConnectionError} when there are too many for what we sent */
  noteUpdate(): void {
    if (this.#updatesDue > 0) this.#updatesDue--
    else this.note()
  }

  /** A DATA frame was sent. */
  onSent(bytes: number): void {
    const due = this.#updatesDue + UPDATES_PER_FRAME + bytes / BYTES_PER_UPDATE
    this.#updatesDue = Math.min(MAX_UPDATES_DUE, due)
  }

  /** A stream ended with a complete response, or because we gave it up. */
  forgive(): void {
    this.#count = Math.max(0, this.#count - FORGIVEN_GLITCHES)
  }

  /** A new interval begins. */
  reset(): void {
    this.#count = 0
  }
}
