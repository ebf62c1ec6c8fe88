import { collectGarbage } from '../collect-garbage.js'

/** Dropping this much is worth a pause of some 20 ms. */
const WORTH_BYTES = 8 * 1024 * 1024
/** Wait before collecting, in milliseconds: clients that leave together have all left by then. */
const DELAY_MS = 2_000

/**
 * Owns returning memory to the system after clients left without reading their responses. V8
 * collects when it allocates: an idle proxy would keep what had waited for them until then.
 */
export class MemoryReturn {
  readonly #collect: typeof collectGarbage
  readonly #delayMs: number
  #droppedBytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(collect = collectGarbage, delayMs = DELAY_MS) {
    this.#collect = collect
    this.#delayMs = delayMs
  }

  /** This many bytes were dropped. */
  onDropped(bytes: number): void {
    this.#droppedBytes += bytes
    if (this.#droppedBytes < WORTH_BYTES || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#droppedBytes = 0
      this.#collect('major')
    }, this.#delayMs).unref()
  }
}
