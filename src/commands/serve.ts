import { EXIT } from '../errors.js'
import type { Log } from '../log.js'
import type { RunningProxy } from './start-proxy.js'

/**
 * Starts a proxy and serves until SIGINT or SIGTERM, then drains. Gives the exit code: 0 after a
 * clean drain, 1 if requests had to be cut, by the time limit or by a second signal.
 */
export async function serve(start: () => Promise<RunningProxy>, log: Log): Promise<number> {
  // Listened for from the first moment: as process 1 of a container it would miss them otherwise.
  const signals = new Signals()
  try {
    const starting = start()
    const proxy = await Promise.race([starting, signals.next()])
    if (typeof proxy === 'string') {
      starting.catch(() => undefined)
      log.info({ signal: proxy }, 'stopped before it served')
      return EXIT.ok
    }
    const signal = await signals.next()
    log.info({ signal, inFlight: proxy.inFlight }, 'shutting down')
    const cut = await Promise.race([proxy.drain(), signals.next()])
    if (cut === 0) {
      log.info('stopped')
      return EXIT.ok
    }
    log.error(
      typeof cut === 'number'
        ? { requestsCut: cut, reason: 'drain timeout' }
        : { requestsCut: proxy.inFlight, reason: `second signal (${cut})` },
      'stopped before all requests had ended',
    )
    return EXIT.failure
  } finally {
    signals.stop()
  }
}

/** Owns the signals that end the process: none is lost between two waits. */
class Signals {
  readonly #came: NodeJS.Signals[] = []
  #wake: ((signal: NodeJS.Signals) => void) | undefined
  readonly #listener = (signal: NodeJS.Signals): void => {
    if (this.#wake === undefined) this.#came.push(signal)
    else this.#wake(signal)
    this.#wake = undefined
  }

  constructor() {
    process.on('SIGINT', this.#listener)
    process.on('SIGTERM', this.#listener)
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
    process.off('SIGINT', this.#listener)
    process.off('SIGTERM', this.#listener)
  }
}
