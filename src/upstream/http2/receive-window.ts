import type { RoundTrip } from './round-trip.js'
import type { SpareWindow } from './spare-window.js'

/** What the server may send on a stream before anything was taken, in bytes, */
export const FIRST_STREAM_WINDOW = 128 * 1024
/** and on one whose content is taken as fast as it arrives, from a server that is far away. */
export const LARGEST_STREAM_WINDOW = 4 * 1024 * 1024
/** So much is let again at once, or half of a window that is small: no server waits for a lot. */
const CREDIT_BYTES = 256 * 1024

/** So many frames may be on their way, however small: each takes the time of hundreds of bytes. */
const MOST_FRAMES = 8192
/** But this much is let in any case. */
const LEAST_STREAM_WINDOW = 16 * 1024
/** The mean length of a frame is that of about so many. */
const RECENT_FRAMES = 256

/** What lets the windows of a connection's streams grow. */
export interface WindowGrowth {
  readonly roundTrip: RoundTrip
  readonly spare: SpareWindow
}

/**
 * Owns what we let the server send on one stream (RFC 9113 §6.9). It is let again once half of the
 * window arrived. The window doubles while it is what limits the rate, as far as the distance to the
 * server asks for, and as there is something to spare: the first byte that only a credit allowed comes
 * a round trip after it. From a server that is near it stays as it was at first, since a client that
 * never reads looks like a fast one until the kernel's buffers are full. It is halved when what arrived
 * had to wait. Of frames that are tiny less is let: a neighbour's response waits behind each of them.
 */
export class ReceiveWindow {
  readonly #growth: WindowGrowth
  /** What may arrive without being let again, */
  #size = FIRST_STREAM_WINDOW
  /** and what of it has not arrived. */
  #left = FIRST_STREAM_WINDOW
  /** Mean length of the frames that came lately, in bytes. */
  #meanBytes = FIRST_STREAM_WINDOW
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

  constructor(growth: WindowGrowth) {
    this.#growth = growth
  }

  /** What the server may still send, in bytes. */
  get left(): number {
    return this.#left
  }

  /** @returns false if it is more than was let */
  receive(bytes: number): boolean {
    this.#left -= bytes
    this.#meanBytes += (bytes - this.#meanBytes) / RECENT_FRAMES
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
    this.#resize()
    const due = this.#due
    this.#left += due
    return due
  }

  /** No more is let; gives back what it had grown by. */
  close(): void {
    this.#growth.spare.giveBack(this.#size - FIRST_STREAM_WINDOW)
    this.#size = FIRST_STREAM_WINDOW
  }

  /** What arrived and may be let again, once that is worth a frame. */
  get #due(): number {
    const byFrames = Math.floor(this.#meanBytes * MOST_FRAMES)
    const size = Math.min(this.#size, Math.max(byFrames, LEAST_STREAM_WINDOW))
    const arrived = size - this.#left
    return arrived < Math.min(size / 2, CREDIT_BYTES) ? 0 : arrived
  }

  #resize(): void {
    const { roundTrip, spare } = this.#growth
    if (this.#creditedMs === undefined) {
      this.#creditedMs = roundTrip.now()
      this.#leftBefore = this.#left
    }
    const most = Math.min(LARGEST_STREAM_WINDOW, roundTrip.bytes)
    if (this.#wasHeldUp || this.#size > most) {
      const shrunk = Math.min(Math.floor(this.#size / 2), this.#size - FIRST_STREAM_WINDOW)
      spare.giveBack(shrunk)
      this.#size -= shrunk
      this.#wasHeldUp = false
      this.#isLimiting = false
    } else if (this.#isLimiting) {
      this.#size += spare.take(Math.min(this.#size, most - this.#size))
    }
  }

  #time(creditedMs: number): void {
    const { roundTrip } = this.#growth
    this.#creditedMs = undefined
    this.#isLimiting = roundTrip.note(roundTrip.now() - creditedMs)
  }
}
