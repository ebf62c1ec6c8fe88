import { MAX_31_BIT } from './frames.js'

/** Owns what the server lets us send (RFC 9113 §6.9), on one stream or on all of them together. */
export class SendWindow {
  /** In bytes; SETTINGS may make it negative (§6.9.2). */
  available: number

  constructor(bytes: number) {
    this.available = bytes
  }

  take(bytes: number): void {
    this.available -= bytes
  }

  /** @returns whether the window is one that may be (§6.9.1) */
  open(bytes: number): boolean {
    this.available += bytes
    return this.available <= MAX_31_BIT
  }
}
