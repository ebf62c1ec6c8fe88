/** What is put off. */
export interface PutOff {
  onEndOfTurn(): void
}

/**
 * Owns what is put off to the end of a turn of the event loop, so that what else the turn brings
 * can go with it: by one timer for all, not one for each.
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
