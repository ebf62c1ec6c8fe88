import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** So much is worth a pause of some 20 ms, */
const WORTH_BYTES = 8 * 1024 * 1024
/** in which no more than one falls, in milliseconds; those who leave together have left by then. */
const DELAY_MS = 2_000

/**
 * Owns giving memory back to the system after clients left that had not read. V8 collects as it
 * allocates: a proxy that has little to do would keep what waited for them for as long as that.
 */
export class MemoryReturn {
  readonly #collect: () => void
  readonly #delayMs: number
  #droppedBytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(collect: () => void = collectGarbage, delayMs = DELAY_MS) {
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
      this.#collect()
    }, this.#delayMs).unref()
  }
}

let gc: (() => void) | undefined

function collectGarbage(): void {
  if (gc === undefined) {
    // It only decides what new contexts are given, so that it may be set at any time.
    setFlagsFromString('--expose-gc')
    gc = runInNewContext('gc') as () => void
  }
  gc()
}
