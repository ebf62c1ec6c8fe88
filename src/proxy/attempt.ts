import type {
  Exchange,
  ExchangeHandler,
  FlatHeaders,
  RequestHead,
  Upstream,
  UpstreamError,
} from '../upstream/exchange.js'

/** What an attempt tells the request that it is made for, as long as it has not been given up. */
export interface AttemptOwner {
  /** A stream is there and the head is on its way: from now on the upstream may process it. */
  onSent(attempt: Attempt): void
  onResponse(attempt: Attempt, status: number, headers: FlatHeaders): void
  onData(attempt: Attempt, part: Buffer): void
  onComplete(attempt: Attempt, trailers: FlatHeaders): void
  /** The upstream takes more of the request's body. */
  onUpstreamDrain(attempt: Attempt): void
  onFailure(attempt: Attempt, error: UpstreamError): void
}

/**
 * Where an attempt stands:
 *
 *     queued ──► open ──► over      over by: the response's end, a failure, or `giveUp`
 *        └────────────────▲
 */
type State = 'queued' | 'open' | 'over'

/**
 * Owns one try to send a request upstream. Once it is over it tells nothing: whatever its stream
 * still says reaches nobody.
 */
export class Attempt implements ExchangeHandler {
  readonly #upstream: Upstream
  readonly #owner: AttemptOwner
  #state: State = 'queued'
  #exchange: Exchange | undefined
  /** There was a stream for it: the upstream may have got the head. */
  wasSent = false

  constructor(upstream: Upstream, owner: AttemptOwner) {
    this.#upstream = upstream
    this.#owner = owner
  }

  /** It waits for a stream: nothing of the request has left. */
  get isQueued(): boolean {
    return this.#state === 'queued'
  }

  /** The stream that takes the request's body; undefined before there is one, or after its end. */
  get exchange(): Exchange | undefined {
    return this.#exchange
  }

  begin(request: RequestHead): void {
    this.#upstream.dispatch(request, this)
  }

  /** Cancels the stream, or gives up the wait for one. */
  giveUp(): void {
    if (this.#state === 'queued') this.#upstream.withdraw(this)
    const exchange = this.#finish()
    exchange?.cancel()
  }

  onOpen(exchange: Exchange): void {
    if (this.#state === 'over') {
      exchange.cancel()
      return
    }
    this.#state = 'open'
    this.wasSent = true
    this.#exchange = exchange
    this.#owner.onSent(this)
  }

  onHeaders(status: number, headers: FlatHeaders): void {
    if (this.#state !== 'over') this.#owner.onResponse(this, status, headers)
  }

  onData(part: Buffer): void {
    if (this.#state !== 'over') this.#owner.onData(this, part)
  }

  onDrain(): void {
    if (this.#state !== 'over') this.#owner.onUpstreamDrain(this)
  }

  onEnd(trailers: FlatHeaders): void {
    if (this.#state === 'over') return
    this.#finish()
    this.#owner.onComplete(this, trailers)
  }

  onError(error: UpstreamError): void {
    if (this.#state === 'over') return
    this.#finish()
    this.#owner.onFailure(this, error)
  }

  #finish(): Exchange | undefined {
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#state = 'over'
    return exchange
  }
}
