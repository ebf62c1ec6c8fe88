/** Owns a time that moves only when it is told to. */
import type { Clock } from '../../src/token/clock.js'

interface Timer {
  readonly callback: () => void
  readonly atMs: number
}

export class ManualClock implements Clock {
  #wallMs = Date.parse('2026-01-01T00:00:00Z')
  #monotonicMs = 50_000
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#wallMs
  }

  monotonic(): number {
    return this.#monotonicMs
  }

  schedule(callback: () => void, ms: number): Timer {
    const timer = { callback, atMs: this.#monotonicMs + ms }
    this.#timers.add(timer)
    return timer
  }

  clear(timer: unknown): void {
    this.#timers.delete(timer as Timer)
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#timers.size
  }

  /** Someone sets the wall clock, or the machine slept: timers stand still meanwhile. */
  jump(ms: number): void {
    this.#wallMs += ms
  }

  /** Lets time pass, timer by timer, each with time for promises to settle. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms
    await settled()
    for (;;) {
      const due = [...this.#timers].sort((a, b) => a.atMs - b.atMs)[0]
      if (due === undefined || due.atMs > endMs) break
      this.#timers.delete(due)
      this.#to(Math.max(due.atMs, this.#monotonicMs))
      due.callback()
      await settled()
    }
    this.#to(endMs)
    await settled()
  }

  #to(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs
    this.#monotonicMs = monotonicMs
  }
}

/** Every promise that can settle without time has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
