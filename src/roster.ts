/** The number of places from which holes are worth closing. */
const MIN_PLACES = 16

/**
 * Owns a set, in order of arrival, for members that come and go with each request. It is an array
 * in which each member knows its own place, so that removal takes no search and leaves nothing
 * behind. A `Set` or `Map` under such churn is rebuilt every few dozen requests, and each table
 * that V8 discards points to the next one: once a dead table reaches the old generation, it keeps
 * all later ones alive, with every request that was in them.
 *
 * A member stores its place in a property, -1 while it is absent; it can be in as many rosters as
 * it has such properties.
 */
export class Roster<T extends Readonly<Record<K, number>>, K extends string = 'place'> {
  readonly #key: K
  /** The members, with `undefined` where one left, as everywhere outside `#start` to `#end`. */
  readonly #members: (T | undefined)[] = []
  #start = 0
  #end = 0
  #size = 0
  /** Iterations in progress, during which nobody is moved. */
  #walks = 0

  /** @param key the property that holds members' places in this roster */
  constructor(key: K = 'place' as K) {
    this.#key = key
  }

  get size(): number {
    return this.#size
  }

  /** The member that has been present longest. */
  get first(): T | undefined {
    return this.#members[this.#start]
  }

  has(member: T): boolean {
    const place = member[this.#key]
    return place >= 0 && this.#members[place] === member
  }

  /** Appends a member; one that is present stays where it is. */
  add(member: T): void {
    if (this.has(member)) return
    if (this.#end >= MIN_PLACES && this.#end >= 2 * this.#size && this.#walks === 0) this.#close()
    this.#seat(member, this.#end++)
    this.#size++
  }

  /** @returns whether it was present */
  delete(member: T): boolean {
    if (!this.has(member)) return false
    this.#members[member[this.#key]] = undefined
    this.#setPlace(member, -1)
    this.#size--
    if (this.#size === 0) {
      this.#start = 0
      this.#end = 0
      return true
    }
    while (this.#members[this.#start] === undefined) this.#start++
    while (this.#members[this.#end - 1] === undefined) this.#end--
    return true
  }

  /**
   * Iterates in order over the members present when it starts. Members may leave and arrive
   * meanwhile: those that left are skipped, new ones may or may not be visited.
   */
  *[Symbol.iterator](): Generator<T, undefined> {
    const end = this.#end
    this.#walks++
    try {
      for (let place = this.#start; place < end; place++) {
        const member = this.#members[place]
        if (member !== undefined) yield member
      }
    } finally {
      this.#walks--
    }
  }

  /** Closes the holes, in order. */
  #close(): void {
    const end = this.#end
    let to = 0
    for (let from = this.#start; from < end; from++) {
      const member = this.#members[from]
      if (member === undefined) continue
      this.#members[from] = undefined
      this.#seat(member, to++)
    }
    this.#start = 0
    this.#end = to
  }

  #seat(member: T, place: number): void {
    this.#members[place] = member
    this.#setPlace(member, place)
  }

  #setPlace(member: T, place: number): void {
    ;(member as Record<K, number>)[this.#key] = place
  }
}
