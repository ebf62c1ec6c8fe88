import type { RoundTrip } from './round-trip.js'

/**
 * What the server may send on all streams together, in bytes. All of it may be on its way before the
 * response to a small request, and makes that one wait.
 */
export const LEAST_CONNECTION_WINDOW = 2 * 1024 * 1024
/** From a server that is far away more must be on its way. */
const LARGEST_CONNECTION_WINDOW = 16 * 1024 * 1024
/** So much is let again at once. */
const CREDIT_BYTES = 256 * 1024

/**
 * Owns what we let the server send on all streams of a connection together (RFC 9113 §6.9). It is let
 * again as it arrives, whoever takes it: a stream that waits holds up none of the others.
 */
export class ConnectionWindow {
  readonly #roundTrip: RoundTrip
  /** What the server may still send. */
  #left = LEAST_CONNECTION_WINDOW

  constructor(roundTrip: RoundTrip) {
    this.#roundTrip = roundTrip
  }

  /** @returns what the server is to be let send more, in bytes; 0 if that is not worth a frame */
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
