/** The sources of time; replaced in tests. */
export interface Clock {
  /** The wall clock, in milliseconds: it advances while the machine sleeps. */
  now(): number
  /** Milliseconds that never go back; on Linux they do not advance meanwhile. */
  monotonic(): number
}

export const systemClock: Clock = {
  // Looked up at each call: whoever fakes a process's clock replaces these functions.
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

/** A wall clock that drifts this far from the monotonic one was set, or the machine slept. */
const JUMP_MS = 2_000

/**
 * Owns detecting that the machine slept, or that the process was stopped: timers stand still
 * meanwhile, and connections may be gone.
 */
export class SleepWatch {
  readonly #clock: Clock
  readonly #longestGapMs: number
  #wallMs: number
  #monotonicMs: number

  /** @param longestGapMs between calls of `hasSlept`, unless the process was stopped */
  constructor(clock: Clock, longestGapMs: number) {
    this.#clock = clock
    this.#longestGapMs = longestGapMs
    this.#wallMs = clock.now()
    this.#monotonicMs = clock.monotonic()
  }

  /** Whether it slept since the last call. */
  hasSlept(): boolean {
    const wallMs = this.#clock.now()
    const monotonicMs = this.#clock.monotonic()
    const wallGapMs = wallMs - this.#wallMs
    const gapMs = monotonicMs - this.#monotonicMs
    this.#wallMs = wallMs
    this.#monotonicMs = monotonicMs
    return Math.abs(wallGapMs - gapMs) > JUMP_MS || gapMs > this.#longestGapMs
  }
}
