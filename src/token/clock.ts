/** Owns the keeper's view of time, so that tests can control it. */
export interface Clock {
  /** Wall-clock time, in milliseconds since the epoch: what `exp` refers to. */
  now(): number
  /** Milliseconds that never go back, whatever the wall clock does. */
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
