import { Roster } from '../roster.js'
import type { ExchangeHandler, RequestHead, UpstreamError } from './exchange.js'

interface Waiting {
  readonly request: RequestHead
  readonly handler: ExchangeHandler
  place: number
}

/** Owns the requests waiting for a stream, in order of arrival. */
export class WaitingRequests {
  readonly #roster = new Roster<Waiting>()

  get size(): number {
    return this.#roster.size
  }

  add(request: RequestHead, handler: ExchangeHandler): void {
    this.#roster.add({ request, handler, place: -1 })
  }

  /** Removes a handler, if it is waiting. */
  withdraw(handler: ExchangeHandler): void {
    for (const waiting of this.#roster) {
      if (waiting.handler === handler) this.#roster.delete(waiting)
    }
  }

  /** Removes and returns the one that has waited longest. */
  take(): Pick<Waiting, 'request' | 'handler'> | undefined {
    const { first } = this.#roster
    if (first !== undefined) this.#roster.delete(first)
    return first
  }

  /** Fails all that are waiting now. */
  fail(error: UpstreamError): void {
    for (const waiting of this.#roster) {
      this.#roster.delete(waiting)
      waiting.handler.onError(error)
    }
  }
}
