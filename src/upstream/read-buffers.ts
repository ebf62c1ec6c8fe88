import { collectGarbage } from '../collect-garbage.js'

/** This much garbage may pile up; a collection each time costs a hundredth of a download. */
const COLLECTED_EVERY_BYTES = 16 * 1024 * 1024

/**
 * Owns when the buffers that a connection is read into are collected. Their objects are small: V8
 * would let tens of MiB of buffers pile up before collecting its young generation, which grows
 * meanwhile.
 */
export class ReadBuffers {
  readonly #collect: typeof collectGarbage
  #bytes = 0

  constructor(collect = collectGarbage) {
    this.#collect = collect
  }

  /** This many bytes were read. They are garbage now, except for what is waiting to be sent. */
  onRead(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < COLLECTED_EVERY_BYTES) return
    this.#bytes = 0
    this.#collect('minor')
  }
}
