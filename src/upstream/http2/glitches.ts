import { ConnectionError } from './error-codes.js'

/** Frames that cost us something and bring nothing, in one of the pool's intervals, */
const MAX_GLITCHES = 10_000
/** so many of which each stream makes good that ends in good order. */
const FORGIVEN_GLITCHES = 1_000
/** Of each DATA frame of ours so many WINDOW_UPDATEs may come of it at least, */
const UPDATES_PER_FRAME = 4
/** and one for so many bytes: some servers let as little again as they read. */
const BYTES_PER_UPDATE = 256
/** A long upload is no licence for ever. */
const MAX_UPDATES_DUE = 1_000_000

/** For clients, where it was not the protocol that the server broke. */
export const TOO_MUCH =
  "The upstream sent more than this proxy's limits allow, and the connection to it was closed. " +
  'The request may have been processed.'

/** Owns the bounds of what a server can make us do for nothing. */
export class Glitches {
  #count = 0
  /** WINDOW_UPDATEs that what we sent accounts for. */
  #updatesDue = 0

  /** @throws {ConnectionError} when there were too many */
  note(): void {
    if (++this.#count > MAX_GLITCHES) {
      throw new ConnectionError('ENHANCE_YOUR_CALM', 'too many frames that bring nothing')
    }
  }

  /** A WINDOW_UPDATE came. @throws {ConnectionError} when too many did for what we sent */
  noteUpdate(): void {
    if (this.#updatesDue > 0) this.#updatesDue--
    else this.note()
  }

  /** A DATA frame is sent. */
  onSent(bytes: number): void {
    const due = this.#updatesDue + UPDATES_PER_FRAME + bytes / BYTES_PER_UPDATE
    this.#updatesDue = Math.min(MAX_UPDATES_DUE, due)
  }

  /** A stream ended by a whole response, or because we gave it up. */
  forgive(): void {
    this.#count = Math.max(0, this.#count - FORGIVEN_GLITCHES)
  }

  /** A new interval begins. */
  reset(): void {
    this.#count = 0
  }
}
