import type { SpareWindow } from './spare-window.js'

/** What the server may send on all streams together; it is let again as it arrives. */
export const CONNECTION_WINDOW = 16 * 1024 * 1024
/** What it may send on one stream before anything was taken, in bytes, */
export const FIRST_STREAM_WINDOW = 128 * 1024
/** and on one whose content is taken as fast as it arrives. */
export const LARGEST_STREAM_WINDOW = 4 * 1024 * 1024

/**
 * Owns what we let the server send (RFC 9113 §6.9), on one stream or on all of them together. It
 * is let again once half of the window arrived. A window that may grow doubles each time that all
 * of that half was taken as it arrived, since the window may then be what limits the rate, as far as
 * there is something to spare; it is halved again when it was not, so that who stops taking soon has
 * little waiting for him.
 */
export class ReceiveWindow {
  readonly #least: number
  readonly #most: number
  /** Where growth comes from; without it there is none. */
  readonly #spare: SpareWindow | undefined
  /** What may arrive without being let again, */
  #size: number
  /** what of it has not arrived, and what has. */
  #left: number
  #arrived = 0
  #isPaused = false
  /** What arrives is numbered in reads from the socket. */
  #pausedInRead = 0
  /** Since the last credit, what arrived had to wait. */
  #wasHeldUp = false

  constructor(least: number, most: number = least, spare?: SpareWindow) {
    this.#least = least
    this.#most = most
    this.#spare = spare
    this.#size = least
    this.#left = least
  }

  /** What the server may still send, in bytes. */
  get left(): number {
    return this.#left
  }

  /** @returns false if it is more than was let */
  receive(bytes: number): boolean {
    this.#left -= bytes
    this.#arrived += bytes
    return this.#left >= 0
  }

  /** What arrives is not taken for now. @param read the number of the read that is going on */
  pause(read: number): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#pausedInRead = read
  }

  /**
   * A pause holds nothing up if it is over before the next read: whoever writes to a socket that
   * takes all at once is told to pause all the same.
   */
  resume(read: number): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (read !== this.#pausedInRead || this.#left <= 0) this.#wasHeldUp = true
  }

  /** @returns what the server is to be let send more, in bytes; 0 if that is not worth a frame */
  credit(): number {
    if (this.#isPaused || this.#arrived < this.#size / 2) return 0
    const increment = this.#arrived + (this.#wasHeldUp ? -this.#shrink() : this.#grow())
    this.#left += increment
    this.#arrived = 0
    this.#wasHeldUp = false
    return increment
  }

  /** No more is let; gives back what it had grown by. */
  close(): void {
    this.#spare?.giveBack(this.#size - this.#least)
    this.#size = this.#least
  }

  /** Doubles it, as far as it may; gives by how much. */
  #grow(): number {
    const grown = this.#spare?.take(Math.min(this.#size, this.#most - this.#size)) ?? 0
    this.#size += grown
    return grown
  }

  /** Halves it, as far as it may; gives by how much. */
  #shrink(): number {
    const shrunk = Math.min(Math.floor(this.#size / 2), this.#size - this.#least)
    this.#spare?.giveBack(shrunk)
    this.#size -= shrunk
    return shrunk
  }
}
