/** 1 Gbit/s, in bytes a millisecond. */
const BYTES_PER_MS = 125_000

/** Queueing under load makes a round trip up to this many times as long. */
const QUEUES = 4

/** Owns the round-trip time of one connection. */
export class RoundTrip {
  readonly now: () => number
  /** The shortest measured, in milliseconds; undefined: not known yet. */
  leastMs: number | undefined
  /** When a frame that is acknowledged at once was sent; undefined: none is outstanding. */
  #askedMs: number | undefined

  /** @param now monotonic, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.now = now
  }

  /** Bytes that 1 Gbit/s brings in a round trip: more would only queue. 0: not known yet. */
  get bytes(): number {
    return Math.floor((this.leastMs ?? 0) * BYTES_PER_MS)
  }

  /** @returns whether it was close to the shortest */
  note(ms: number): boolean {
    this.leastMs = Math.min(ms, this.leastMs ?? Infinity)
    return ms <= QUEUES * this.leastMs
  }

  /** SETTINGS or a PING is sent. */
  ask(): void {
    // With two outstanding, an acknowledgement does not say whose it is: better late than early.
    this.#askedMs ??= this.now()
  }

  /** SETTINGS or a PING is acknowledged. */
  acknowledge(): void {
    if (this.#askedMs === undefined) return
    this.note(this.now() - this.#askedMs)
    this.#askedMs = undefined
  }
}
