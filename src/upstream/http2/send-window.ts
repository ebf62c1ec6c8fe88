import { MAX_31_BIT } from './frames.js'

/** Owns the send window (RFC 9113 §6.9), of one stream or of a connection. */
export class SendWindow {
  /** In bytes; SETTINGS may make it negative (§6.9.2). */
  available: number

  constructor(bytes: number) {
    this.available = bytes
  }

  take(bytes: number): void {
    this.available -= bytes
  }

  /** @returns whether the window is still valid (§6.9.1) */
  open(bytes: number): boolean {
    this.available += bytes
    return this.available <= MAX_31_BIT
  }
}
