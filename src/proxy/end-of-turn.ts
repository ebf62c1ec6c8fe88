export interface PutOff {
  onEndOfTurn(): void
}

/**
 * Owns what is deferred to the end of a turn of the event loop, so that whatever else arrives in
 * that turn can go with it. One timer serves all.
 */
export class EndOfTurn {
  #waiting: PutOff[] = []

  add(one: PutOff): void {
    if (this.#waiting.push(one) === 1) setImmediate(run, this)
  }

  run(): void {
    const due = this.#waiting
    this.#waiting = []
    for (const one of due) one.onEndOfTurn()
  }
}

function run(endOfTurn: EndOfTurn): void {
  endOfTurn.run()
}
