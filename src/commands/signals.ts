/** Signals that begin a drain. */
export const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** Signals that end a command which runs another. */
export const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/**
 * Owns waiting for signals that would end the process: none is lost between two waits, nor while
 * the rest of the program is loading. As process 1 of a container, the process receives only
 * signals that it listens for.
 */
export class Signals {
  readonly #names: readonly NodeJS.Signals[]
  readonly #came: NodeJS.Signals[] = []
  #wake: ((signal: NodeJS.Signals) => void) | undefined
  readonly #listener = (signal: NodeJS.Signals): void => {
    if (this.#wake === undefined) this.#came.push(signal)
    else this.#wake(signal)
    this.#wake = undefined
  }

  constructor(names: readonly NodeJS.Signals[]) {
    this.#names = names
    for (const name of names) process.on(name, this.#listener)
  }

  /** Resolves with the next signal; a later call replaces one that is still waiting. */
  next(): Promise<NodeJS.Signals> {
    const signal = this.#came.shift()
    if (signal !== undefined) return Promise.resolve(signal)
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  stop(): void {
    for (const name of this.#names) process.off(name, this.#listener)
  }
}
