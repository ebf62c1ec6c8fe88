/** Owns what is told of one exchange, written down. */
import type { Exchange, ExchangeHandler, FlatHeaders } from '../../src/upstream/exchange.js'
import type { UpstreamError } from '../../src/upstream/exchange.js'

export class Recorded implements ExchangeHandler {
  exchange: Exchange | undefined
  status = 0
  headers: FlatHeaders = []
  /** Latin-1. */
  body = ''
  trailers: FlatHeaders | undefined
  error: UpstreamError | undefined
  drains = 0
  /** Calls after the end: there must be none. */
  late = 0
  /** Resolves at the end, of whatever kind. */
  readonly ended: Promise<void>
  #end!: () => void

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  get isOver(): boolean {
    return this.trailers !== undefined || this.error !== undefined
  }

  onOpen(exchange: Exchange): void {
    this.exchange = exchange
  }

  onHeaders(status: number, headers: FlatHeaders): void {
    this.#note()
    this.status = status
    this.headers = headers
  }

  onData(chunk: Buffer): void {
    this.#note()
    this.body += chunk.toString('latin1')
  }

  onEnd(trailers: FlatHeaders): void {
    this.#note()
    this.trailers = trailers
    this.#end()
  }

  onDrain(): void {
    this.drains++
  }

  onError(error: UpstreamError): void {
    this.#note()
    this.error = error
    this.#end()
  }

  #note(): void {
    if (this.isOver) this.late++
  }
}
