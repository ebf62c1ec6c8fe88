/** Owns the time as the keeper sees it, so that a test can move it. */
export interface Clock {
  /** Wall-clock time, in milliseconds since the epoch: what `exp` is measured by. */
  now(): number
  /** Milliseconds that only ever grow, whatever the wall clock does. */
  monotonic(): number
  /** Calls back once after `ms`; returns what `clear` takes. Does not keep the process alive. */
  schedule(callback: () => void, ms: number): unknown
  clear(timer: unknown): void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule: (callback, ms) => setTimeout(callback, ms).unref(),
  clear: (timer) => {
    clearTimeout(timer as NodeJS.Timeout)
  },
}
