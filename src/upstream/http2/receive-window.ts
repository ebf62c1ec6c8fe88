import type { RoundTrip } from './round-trip.js'
import type { SpareWindow } from './spare-window.js'

/** What the server may send on all streams together; it is let again as it arrives. */
export const CONNECTION_WINDOW = 16 * 1024 * 1024
/** What it may send on one stream before anything was taken, in bytes, */
export const FIRST_STREAM_WINDOW = 128 * 1024
/** and on one whose content is taken as fast as it arrives, from a server that is far away: */
export const LARGEST_STREAM_WINDOW = 4 * 1024 * 1024
/** what 1 Gbit/s brings within a round trip, since more would only wait here. */
const BYTES_PER_MS = 125_000
/** So much is let again at once, or half of a window that is small: no server waits for a lot. */
const CREDIT_BYTES = 256 * 1024

/** What lets the windows of a connection's streams grow. */
export interface WindowGrowth {
  readonly roundTrip: RoundTrip
  readonly spare: SpareWindow
}

/**
 * Owns what we let the server send (RFC 9113 §6.9), on one stream or on all of them together. It
 * is let again once half of the window arrived. A window that may grow doubles while it is what limits
 * the rate, as far as the distance to the server asks for, and as there is something to spare: the
 * first byte that only a credit allowed comes a round trip after it. From a server that is near it
 * stays as it was at first, since a client that never reads looks like a fast one until the kernel's
 * buffers are full. It is halved when what arrived had to wait.
 */
export class ReceiveWindow {
  readonly #least: number
  /** Without it there is none. */
  readonly #growth: WindowGrowth | undefined
  /** What may arrive without being let again, */
  #size: number
  /** and what of it has not arrived. */
  #left: number
  #isPaused = false
  /** What arrives is numbered in reads from the socket. */
  #pausedInRead = 0
  /** Since the last credit, what arrived had to wait. */
  #wasHeldUp = false
  /** When the credit was given that is being timed; undefined: none is. */
  #creditedMs: number | undefined
  /** What may arrive without it. */
  #leftBefore = 0
  /** The server used up what it had before the last credit that was timed. */
  #isLimiting = false

  constructor(least: number, growth?: WindowGrowth) {
    this.#least = least
    this.#growth = growth
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
    if (this.#creditedMs !== undefined) {
      this.#leftBefore -= bytes
      if (this.#leftBefore < 0) this.#time(this.#creditedMs)
    }
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
    if (this.#isPaused || this.#due === 0) return 0
    if (this.#growth !== undefined) this.#resize(this.#growth)
    const due = this.#due
    this.#left += due
    return due
  }

  /** No more is let; gives back what it had grown by. */
  close(): void {
    this.#growth?.spare.giveBack(this.#size - this.#least)
    this.#size = this.#least
  }

  /** What arrived and may be let again, once that is worth a frame. */
  get #due(): number {
    const arrived = this.#size - this.#left
    return arrived < Math.min(this.#size / 2, CREDIT_BYTES) ? 0 : arrived
  }

  #resize({ roundTrip, spare }: WindowGrowth): void {
    if (this.#creditedMs === undefined) {
      this.#creditedMs = roundTrip.now()
      this.#leftBefore = this.#left
    }
    const most = Math.min(LARGEST_STREAM_WINDOW, (roundTrip.leastMs ?? 0) * BYTES_PER_MS)
    if (this.#wasHeldUp || this.#size > most) {
      const shrunk = Math.min(Math.floor(this.#size / 2), this.#size - this.#least)
      spare.giveBack(shrunk)
      this.#size -= shrunk
      this.#wasHeldUp = false
      this.#isLimiting = false
    } else if (this.#isLimiting) {
      this.#size += spare.take(Math.min(this.#size, Math.floor(most) - this.#size))
    }
  }

  #time(creditedMs: number): void {
    const { roundTrip } = this.#growth as WindowGrowth
    this.#creditedMs = undefined
    this.#isLimiting = roundTrip.note(roundTrip.now() - creditedMs)
  }
}
