import { collectGarbage } from '../collect-garbage.js'

/** So much may lie about; a collection for every so many bytes costs a hundredth of a download. */
const COLLECTED_EVERY_BYTES = 16 * 1024 * 1024

/**
 * Owns when the buffers that a connection is read into are collected. The objects for them are small: V8
 * would let tens of MiB of buffers lie about before it looks at its young generation, which grows meanwhile.
 */
export class ReadBuffers {
  readonly #collect: typeof collectGarbage
  #bytes = 0

  constructor(collect = collectGarbage) {
    this.#collect = collect
  }

  /** So many bytes were read, and are done with but for what waits of them. */
  onRead(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < COLLECTED_EVERY_BYTES) return
    this.#bytes = 0
    this.#collect('minor')
  }
}
