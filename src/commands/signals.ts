/** What begins a drain. */
export const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** What ends a command that another one runs in. */
export const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/**
 * Owns the wait for signals that would end the process: none is lost between two waits, nor while
 * the rest of the program is being loaded. As process 1 of a container the process gets none that
 * it does not listen for.
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

  /** Resolves with the next signal; a later call takes over from one that still waits. */
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
