/** Owns a time that stands still until it is told to run, and then runs as fast as it can. */
import type { Clock } from '../../src/token/clock.js'

export class FastClock implements Clock {
  #nowMs = Date.parse('2030-01-01T00:00:00Z')
  readonly #timers = new Map<symbol, { atMs: number; callback: () => void }>()

  now(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  schedule(callback: () => void, ms: number): symbol {
    const timer = Symbol('timer')
    this.#timers.set(timer, { atMs: this.#nowMs + ms, callback })
    return timer
  }

  clear(timer: unknown): void {
    this.#timers.delete(timer as symbol)
  }

  get timers(): number {
    return this.#timers.size
  }

  /** Runs the timers of that time in order, and lets what they began settle. */
  async run(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    for (;;) {
      const due = [...this.#timers].sort(([, one], [, other]) => one.atMs - other.atMs)[0]
      if (due === undefined || due[1].atMs > endMs) break
      this.#timers.delete(due[0])
      this.#nowMs = due[1].atMs
      due[1].callback()
      await new Promise(setImmediate)
    }
    this.#nowMs = endMs
  }
}
