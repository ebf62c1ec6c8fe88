/** Pauses before a lost connection is opened again without a request for it. */
const FIRST_MS = 1_000
const LONGEST_MS = 30_000
/** A connection that ends sooner than this counts as a failure. */
const SHORT_LIFE_MS = 1_000

/** Owns when to dial again after a connection failed, or ended soon. */
export class Redial {
  readonly #dial: () => void
  #timer: NodeJS.Timeout | undefined
  /** Consecutive failures. */
  #failures = 0

  constructor(dial: () => void) {
    this.#dial = dial
  }

  get isFailing(): boolean {
    return this.#failures > 0
  }

  get keepsFailing(): boolean {
    return this.#failures > 1
  }

  noteFailure(): void {
    this.#failures++
  }

  /** A connection ended after this long. */
  noteLife(ms: number): void {
    if (ms < SHORT_LIFE_MS) this.#failures++
    else this.#failures = 0
  }

  /** Dials after a pause that doubles with each failure. */
  later(): void {
    this.stop()
    const pauseMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#failures - 1))
    this.#timer = setTimeout(this.#dial, pauseMs).unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
