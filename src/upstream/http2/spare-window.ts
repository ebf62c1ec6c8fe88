/** How much larger than at first the windows of all streams may be together, in bytes. */
const SPARE_BYTES = 8 * 1024 * 1024

/**
 * Owns what streams' windows may grow by, shared by all connections to an upstream. The kernel's
 * buffers take megabytes for a client that never reads, and so make it look like a fast one:
 * hundreds of them must not have hundreds of large windows.
 */
export class SpareWindow {
  #left = SPARE_BYTES

  /** @returns how much of it is granted, in bytes */
  take(wanted: number): number {
    const taken = Math.min(wanted, this.#left)
    this.#left -= taken
    return taken
  }

  giveBack(bytes: number): void {
    this.#left += bytes
  }
}
