import type {
  Exchange,
  ExchangeHandler,
  FlatHeaders,
  RequestHead,
  Upstream,
  UpstreamError,
} from '../upstream/exchange.js'

/** What an attempt reports to the request it was made for, until it is given up. */
export interface AttemptOwner {
  /** The stream is open and the headers are being sent: from now on the upstream may process them. */
  onSent(attempt: Attempt): void
  onResponse(attempt: Attempt, status: number, headers: FlatHeaders): void
  onData(attempt: Attempt, part: Buffer): void
  onComplete(attempt: Attempt, trailers: FlatHeaders): void
  /** The upstream can take more of the request's body. */
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
 * Owns one try to send a request upstream. Once it is over it reports nothing, whatever still
 * arrives on its stream.
 */
export class Attempt implements ExchangeHandler {
  readonly #upstream: Upstream
  readonly #owner: AttemptOwner
  #state: State = 'queued'
  #exchange: Exchange | undefined
  /** A stream was opened for it: the upstream may have received the headers. */
  wasSent = false

  constructor(upstream: Upstream, owner: AttemptOwner) {
    this.#upstream = upstream
    this.#owner = owner
  }

  /** It is waiting for a stream: nothing of the request has been sent. */
  get isQueued(): boolean {
    return this.#state === 'queued'
  }

  /** The stream that takes the request's body; undefined before it opens and after it ends. */
  get exchange(): Exchange | undefined {
    return this.#exchange
  }

  begin(request: RequestHead): void {
    this.#upstream.dispatch(request, this)
  }

  /** Cancels the stream, or stops waiting for one. */
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
