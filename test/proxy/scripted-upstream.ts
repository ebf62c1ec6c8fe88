/** Owns an upstream at the seam of exchanges, which says what a test tells it to, in any order. */
import type {
  Exchange,
  ExchangeHandler,
  RequestHead,
  Upstream,
} from '../../src/upstream/exchange.js'

/** One exchange: what was asked, who is told, and what is done to its stream. */
export class ScriptedExchange implements Exchange {
  readonly request: RequestHead
  readonly handler: ExchangeHandler
  /** What was called, in order: `write 3`, `end`, `pause`, `resume`, `cancel`. */
  readonly calls: string[] = []
  /** What `write` says. */
  takesMore = true

  constructor(request: RequestHead, handler: ExchangeHandler) {
    // As it was when it was sent: the token's place is written anew for another attempt.
    this.request = { ...request, headers: [...request.headers] }
    this.handler = handler
  }

  open(): this {
    this.handler.onOpen(this)
    return this
  }

  write(chunk: Buffer): boolean {
    this.calls.push(`write ${chunk.length}`)
    return this.takesMore
  }

  end(): void {
    this.calls.push('end')
  }

  pause(): void {
    this.calls.push('pause')
  }

  resume(): void {
    this.calls.push('resume')
  }

  cancel(): void {
    this.calls.push('cancel')
  }
}

export class ScriptedUpstream implements Upstream {
  readonly connections = 1
  /** Exchanges that were asked for. */
  readonly exchanges: ScriptedExchange[] = []
  readonly withdrawn: ExchangeHandler[] = []
  /** Whether a stream is there at once. */
  hasRoom = true

  dispatch(request: RequestHead, handler: ExchangeHandler): void {
    const exchange = new ScriptedExchange(request, handler)
    this.exchanges.push(exchange)
    if (this.hasRoom) exchange.open()
  }

  withdraw(handler: ExchangeHandler): void {
    this.withdrawn.push(handler)
  }

  connect(): Promise<void> {
    return Promise.resolve()
  }

  close(): void {
    // It has no connections.
  }
}
