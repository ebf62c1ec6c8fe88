import type { Token } from '../token/token.js'
import type { TokenKeeper } from '../token/token-keeper.js'
import type { FlatHeaders, Unprocessed, Upstream, UpstreamError } from '../upstream/exchange.js'
import { Attempt, type AttemptOwner } from './attempt.js'
import { Attempts } from './attempts.js'
import { HeldResponse } from './held-response.js'
import type { RequestBody } from './request-body.js'
import type { Traffic } from './traffic.js'

export interface DeliveryContext {
  readonly upstream: Upstream
  readonly tokens: Pick<TokenKeeper, 'current' | 'next' | 'refused' | 'retryInMs'>
  readonly traffic: Pick<Traffic, 'replayed'>
}

/** The request to deliver. */
export interface Deliverable {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** As sent upstream: name, value, …; the token goes in at `tokenAt`. */
  readonly headers: string[]
  readonly tokenAt: number
  readonly body: RequestBody
}

/** What a delivery reports; nothing more after `onComplete`, `onUndelivered` or `giveUp`. */
export interface DeliverySink {
  /** Time to send a streamed body. */
  onBodyWanted(): void
  /** An attempt begins: the response timeout starts here. */
  onAttempt(): void
  onResponse(status: number, headers: FlatHeaders): void
  /** @returns false: pause until `resume` */
  onContent(part: Buffer): boolean
  onComplete(trailers: FlatHeaders): void
  /** The upstream failed, before or during its response. */
  onUndelivered(error: UpstreamError): void
  /** There is no usable token, so nothing was sent. */
  onNoToken(retryInMs: number): void
}

/**
 * Where a delivery stands:
 *
 *     new ──► minting ──► trying ──► passing ──► over
 *                ▲         │  ▲         ▲         ▲
 *                │         │  │         │         │
 *                ├─────────┘  └─► held ─┘         │
 *                │                  │             │
 *                └──────────────────┘    a failure, or `giveUp`, from any of them
 */
type State =
  | 'new'
  /** Waiting for a token. */
  | 'minting'
  /** An attempt is in progress, and its final response has not begun. */
  | 'trying'
  /** A 401 is held back until it is known whether there is another token. */
  | 'held'
  /** The final response is being forwarded. */
  | 'passing'
  | 'over'

/**
 * Owns one request's way to the upstream: its token, and the attempts to send it. It is sent a
 * second time only if the first attempt provably was not processed, or was refused with 401.
 */
export class Delivery implements AttemptOwner {
  readonly #context: DeliveryContext
  readonly #request: Deliverable
  readonly #sink: DeliverySink
  readonly #attempts = new Attempts()
  #state: State = 'new'
  #token: Token | undefined
  /** The latest; earlier ones are over. */
  #attempt: Attempt | undefined
  #held: HeldResponse | undefined

  constructor(context: DeliveryContext, request: Deliverable, sink: DeliverySink) {
    this.#context = context
    this.#request = request
    this.#sink = sink
  }

  /** How many times the request's headers were sent upstream. */
  get sent(): number {
    return this.#attempts.sent
  }

  /** Whether the upstream may have processed the request. */
  get mayHaveRun(): boolean {
    return this.#attempts.mayHaveRun
  }

  /** An attempt has begun: we are waiting for the upstream, or for the client's body. */
  get hasBegun(): boolean {
    return this.#attempt !== undefined
  }

  /** It is waiting for a stream. */
  get isQueued(): boolean {
    return this.#attempt?.isQueued ?? false
  }

  get #isOver(): boolean {
    return this.#state === 'over'
  }

  begin(): void {
    this.#acquireToken()
  }

  /** The client can take more of the response. */
  resume(): void {
    if (this.#state === 'passing') this.#attempt?.exchange?.resume()
  }

  giveUp(): void {
    this.#state = 'over'
    this.#held = undefined
    this.#attempt?.giveUp()
  }

  #acquireToken(): void {
    const { tokens } = this.#context
    const token = tokens.current()
    if (token !== undefined) {
      this.#try(token)
      return
    }
    this.#state = 'minting'
    tokens.next().then(
      (next) => {
        if (this.#state === 'minting') this.#try(next)
      },
      () => {
        if (this.#state !== 'minting') return
        this.#state = 'over'
        this.#sink.onNoToken(tokens.retryInMs)
      },
    )
  }

  #try(token: Token): void {
    const { method, target: path, headers, tokenAt, body } = this.#request
    this.#state = 'trying'
    this.#token = token
    headers[tokenAt] = token.headerValue
    this.#attempts.begun++
    this.#attempt = new Attempt(this.#context.upstream, this)
    this.#sink.onAttempt()
    this.#attempt.begin({ method, path, headers, body: body.isStreamed ? undefined : body.whole })
  }

  onSent({ exchange }: Attempt): void {
    const { body } = this.#request
    this.#attempts.sent++
    if (!body.isStreamed || exchange === undefined) return
    if (this.#attempts.begun === 1) this.#sink.onBodyWanted()
    body.sendTo(exchange)
  }

  onUpstreamDrain(): void {
    this.#request.body.onDrain()
  }

  onResponse(attempt: Attempt, status: number, headers: FlatHeaders): void {
    if (status === 401 && this.#hold(attempt, status, headers)) return
    this.#state = 'passing'
    this.#sink.onResponse(status, headers)
  }

  onData({ exchange }: Attempt, part: Buffer): void {
    if (this.#held !== undefined) this.#held.content.append(part)
    else if (!this.#sink.onContent(part)) exchange?.pause()
  }

  onComplete(_attempt: Attempt, trailers: FlatHeaders): void {
    if (this.#held !== undefined) this.#held.trailers = trailers
    else {
      this.#state = 'over'
      this.#sink.onComplete(trailers)
    }
  }

  onFailure({ wasSent }: Attempt, error: UpstreamError): void {
    // If a response has begun, the request was processed, whatever the upstream says afterwards.
    const unprocessed = this.#state === 'trying' ? error.unprocessed : undefined
    if (unprocessed !== undefined && wasSent) this.#attempts.deny(unprocessed)
    if (this.#held !== undefined) this.#held.error = error
    else if (unprocessed !== undefined && this.#canTryAgain) {
      this.#tryAgain(unprocessed, this.#context.tokens.current())
    } else {
      this.#state = 'over'
      this.#sink.onUndelivered(error)
    }
  }

  // Retries

  get #canTryAgain(): boolean {
    return this.#request.body.isKept && this.#attempts.areLeft
  }

  #tryAgain(reason: Unprocessed | 'unauthorized', token: Token | undefined): void {
    this.#context.traffic.replayed(reason)
    this.#request.body.withhold()
    if (token === undefined) this.#acquireToken()
    else this.#try(token)
  }

  /**
   * On a 401: asks for another token, once for all requests that saw one. If this request can be
   * retried, the response is held back until then; returns whether it is.
   */
  #hold({ exchange }: Attempt, status: number, headers: FlatHeaders): boolean {
    const minted = this.#context.tokens.refused(this.#token as Token)
    if (!this.#canTryAgain || !this.#request.body.hasEnded) return false
    const held = new HeldResponse(status, headers)
    this.#held = held
    this.#state = 'held'
    exchange?.pause()
    void minted.then((other) => {
      if (this.#state === 'held') this.#decide(held, other)
    })
    return true
  }

  #decide(held: HeldResponse, other: Token | undefined): void {
    this.#held = undefined
    const attempt = this.#attempt as Attempt
    if (other !== undefined) {
      attempt.giveUp()
      this.#tryAgain('unauthorized', other)
      return
    }
    this.#state = 'passing'
    this.#sink.onResponse(held.status, held.headers)
    const content = held.content.takeAll()
    const takesMore = content === undefined || this.#sink.onContent(content)
    if (this.#isOver) return
    if (held.error !== undefined) this.onFailure(attempt, held.error)
    else if (held.trailers !== undefined) this.onComplete(attempt, held.trailers)
    else if (takesMore) attempt.exchange?.resume()
  }
}
