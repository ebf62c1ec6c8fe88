import type { RoundTrip } from './round-trip.js'
import type { SpareWindow } from './spare-window.js'

/** Window of a stream before anything is consumed, in bytes. */
export const FIRST_STREAM_WINDOW = 128 * 1024
/** Window of a stream that is consumed as fast as it arrives, from a distant server, in bytes. */
export const LARGEST_STREAM_WINDOW = 4 * 1024 * 1024
/** A WINDOW_UPDATE grants this much, or half of a small window: no server waits for long. */
const CREDIT_BYTES = 256 * 1024

/** At most this many frames in flight, however small: each takes the time of hundreds of bytes. */
const MOST_FRAMES = 8192
/** But at least this much is granted. */
const LEAST_STREAM_WINDOW = 16 * 1024
/** The mean frame length covers about this many frames. */
const RECENT_FRAMES = 256

/** What lets the windows of a connection's streams grow. */
export interface WindowGrowth {
  readonly roundTrip: RoundTrip
  readonly spare: SpareWindow
}

/**
 * Owns the receive window of one stream (RFC 9113 §6.9). Credit is returned once half of the window
 * has arrived. The window doubles while it limits the rate, as far as the round trip requires and
 * spare window allows: the first byte that only a credit allowed arrives a round trip after it. For
 * a near server it keeps its first size, since a client that never reads looks like a fast one
 * until the kernel's buffers are full. It is halved when data had to wait. For tiny frames less is
 * granted: other responses wait behind each of them.
 */
export class ReceiveWindow {
  readonly #growth: WindowGrowth
  /** What may arrive without new credit. */
  #size = FIRST_STREAM_WINDOW
  /** How much of that has not arrived. */
  #left = FIRST_STREAM_WINDOW
  /** Mean length of recent frames, in bytes. */
  #meanBytes = FIRST_STREAM_WINDOW
  #isPaused = false
  /** The number of the read from the socket in which it was paused. */
  #pausedInRead = 0
  /** Data had to wait since the last credit. */
  #wasHeldUp = false
  /** When the credit being timed was sent; undefined if none is. */
  #creditedMs: number | undefined
  /** What may still arrive without that credit. */
  #leftBefore = 0
  /** The server used up its window before the last timed credit arrived. */
  #isLimiting = false

  constructor(growth: WindowGrowth) {
    this.#growth = growth
  }

  /** Bytes the server may still send. */
  get left(): number {
    return this.#left
  }

  /** @returns false if it exceeds the window */
  receive(bytes: number): boolean {
    this.#left -= bytes
    this.#meanBytes += (bytes - this.#meanBytes) / RECENT_FRAMES
    if (this.#creditedMs !== undefined) {
      this.#leftBefore -= bytes
      if (this.#leftBefore < 0) this.#time(this.#creditedMs)
    }
    return this.#left >= 0
  }

  /** Content is not consumed for now. @param read the number of the current read */
  pause(read: number): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#pausedInRead = read
  }

  /**
   * A pause that ends before the next read holds nothing up: a writer to a socket is told to pause
   * even if the socket takes everything at once.
   */
  resume(read: number): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (read !== this.#pausedInRead || this.#left <= 0) this.#wasHeldUp = true
  }

  /** @returns the credit to return to the server, in bytes; 0 if that is not worth a frame */
  credit(): number {
    if (this.#isPaused || this.#due === 0) return 0
    this.#resize()
    const due = this.#due
    this.#left += due
    return due
  }

  /** Grants nothing more; returns its growth to the spare window. */
  close(): void {
    this.#growth.spare.giveBack(this.#size - FIRST_STREAM_WINDOW)
    this.#size = FIRST_STREAM_WINDOW
  }

  /** The credit due, or 0 until it is worth a frame. */
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
