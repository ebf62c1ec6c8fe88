/** Pauses before a lost connection is opened again without a request having asked for it. */
const FIRST_MS = 1_000
const LONGEST_MS = 30_000
/** A connection that ends sooner than this was not worth opening: the next one is not hurried. */
const SHORT_LIFE_MS = 1_000

/** Owns when a connection is opened again that failed, or ended at once. */
export class Redial {
  readonly #dial: () => void
  #timer: NodeJS.Timeout | undefined
  /** In a row. */
  #failures = 0

  constructor(dial: () => void) {
    this.#dial = dial
  }

  /** Whether the last one failed. */
  get isFailing(): boolean {
    return this.#failures > 0
  }

  /** Whether more than one in a row did. */
  get keepsFailing(): boolean {
    return this.#failures > 1
  }

  noteFailure(): void {
    this.#failures++
  }

  /** A connection ended that stood so long. */
  noteLife(ms: number): void {
    if (ms < SHORT_LIFE_MS) this.#failures++
    else this.#failures = 0
  }

  /** Dials after a pause, which doubles. */
  later(): void {
    this.stop()
    const pauseMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#failures - 1))
    this.#timer = setTimeout(this.#dial, pauseMs).unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
