import type { RoundTrip } from './round-trip.js'

/**
 * What the server may send on all streams together, in bytes. All of it may be in flight ahead of
 * the response to a small request, and delay it.
 */
export const LEAST_CONNECTION_WINDOW = 2 * 1024 * 1024
/** A distant server needs more in flight. */
const LARGEST_CONNECTION_WINDOW = 16 * 1024 * 1024
/** The least that a WINDOW_UPDATE grants. */
const CREDIT_BYTES = 256 * 1024

/**
 * Owns the receive window of a connection (RFC 9113 §6.9). Credit is returned as data arrives,
 * whether or not it is consumed: a stream that is paused holds up none of the others.
 */
export class ConnectionWindow {
  readonly #roundTrip: RoundTrip
  /** Bytes the server may still send. */
  #left = LEAST_CONNECTION_WINDOW

  constructor(roundTrip: RoundTrip) {
    this.#roundTrip = roundTrip
  }

  /** @returns the credit to return to the server, in bytes; 0 if that is not worth a frame */
  receive(bytes: number): number {
    this.#left -= bytes
    const due = this.#size - this.#left
    if (due < CREDIT_BYTES) return 0
    this.#left += due
    return due
  }

  get #size(): number {
    const { bytes } = this.#roundTrip
    return Math.min(Math.max(bytes, LEAST_CONNECTION_WINDOW), LARGEST_CONNECTION_WINDOW)
  }
}
