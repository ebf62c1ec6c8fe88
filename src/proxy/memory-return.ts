import { collectGarbage } from '../collect-garbage.js'

/** So much is worth a pause of some 20 ms, */
const WORTH_BYTES = 8 * 1024 * 1024
/** in which no more than one falls, in milliseconds; those who leave together have left by then. */
const DELAY_MS = 2_000

/**
 * Owns giving memory back to the system after clients left that had not read. V8 collects as it
 * allocates: a proxy that has little to do would keep what waited for them for as long as that.
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

  /** So many bytes wait no more. */
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
