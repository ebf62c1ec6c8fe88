const MIN_PLACES = 16

/**
 * Owns the streams in progress, by id. It is a hash table with linear probing, so that V8 keeps
 * nothing that was removed: a `Map` with this churn chains its dead tables together (see `Roster`).
 */
export class StreamTable<T extends { readonly id: number }> {
  #places: (T | undefined)[] = Array.from({ length: MIN_PLACES }, () => undefined)
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: number): T | undefined {
    return this.#places[this.#placeOf(id)]
  }

  /** Adds a stream whose id is not in the table. */
  add(stream: T): void {
    if (++this.#size * 2 > this.#places.length) this.#grow()
    this.#places[this.#placeOf(stream.id)] = stream
  }

  delete(id: number): void {
    const mask = this.#places.length - 1
    let hole = this.#placeOf(id)
    if (this.#places[hole] === undefined) return
    this.#places[hole] = undefined
    this.#size--
    // A stream that was placed further on because this place was taken moves up.
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const stream = this.#places[at]
      if (stream === undefined) return
      if (((at - firstPlace(stream.id, mask)) & mask) < ((at - hole) & mask)) continue
      this.#places[hole] = stream
      this.#places[at] = undefined
      hole = at
    }
  }

  /** All streams now in progress, in order of their ids. */
  all(): T[] {
    return this.#places.filter((stream) => stream !== undefined).sort((a, b) => a.id - b.id)
  }

  /** Where the id is, or would be. */
  #placeOf(id: number): number {
    const mask = this.#places.length - 1
    let at = firstPlace(id, mask)
    for (;;) {
      const stream = this.#places[at]
      if (stream === undefined || stream.id === id) return at
      at = (at + 1) & mask
    }
  }

  #grow(): void {
    const before = this.#places
    this.#places = Array.from({ length: before.length * 2 }, () => undefined)
    for (const stream of before) {
      if (stream !== undefined) this.#places[this.#placeOf(stream.id)] = stream
    }
  }
}

/** A client's ids are odd. */
function firstPlace(id: number, mask: number): number {
  return (id >>> 1) & mask
}
