/** Owns how far away the server of one connection is. */
export class RoundTrip {
  readonly now: () => number
  /** The least time that anything took, in milliseconds; undefined: not known yet. */
  leastMs: number | undefined

  /** @param now monotonic, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.now = now
  }

  /** @returns whether it took hardly longer than the way alone */
  note(ms: number): boolean {
    this.leastMs = Math.min(ms, this.leastMs ?? Infinity)
    return ms <= 2 * this.leastMs
  }
}
