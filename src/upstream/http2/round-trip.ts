/** 1 Gbit/s, in bytes a millisecond. */
const BYTES_PER_MS = 125_000

/** What waits on the way of much content makes it so many times as long. */
const QUEUES = 4

/** Owns how far away the server of one connection is. */
export class RoundTrip {
  readonly now: () => number
  /** The least time that anything took, in milliseconds; undefined: not known yet. */
  leastMs: number | undefined
  /** When something was sent that is acknowledged at once; undefined: nothing is on its way. */
  #askedMs: number | undefined

  /** @param now monotonic, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.now = now
  }

  /** What 1 Gbit/s brings within a round trip, in bytes: more would only wait. 0: not known yet. */
  get bytes(): number {
    return Math.floor((this.leastMs ?? 0) * BYTES_PER_MS)
  }

  /** @returns whether it took little longer than the way alone */
  note(ms: number): boolean {
    this.leastMs = Math.min(ms, this.leastMs ?? Infinity)
    return ms <= QUEUES * this.leastMs
  }

  /** SETTINGS or a PING are sent, */
  ask(): void {
    // Of two that are on their way, no acknowledgement says whose it is: better late than too early.
    this.#askedMs ??= this.now()
  }

  /** and acknowledged. */
  acknowledge(): void {
    if (this.#askedMs === undefined) return
    this.note(this.now() - this.#askedMs)
    this.#askedMs = undefined
  }
}
