import type { IncomingMessage, ServerResponse } from 'node:http'
import { pathOf } from '../access/request-target.js'
import type { FlatHeaders, UpstreamError } from '../upstream/exchange.js'
import { ClientResponse, type ClientResponseSink } from './client-response.js'
import type { Responder } from './conversation.js'
import { conversationOf, endTurn, hasLeft, isNewest, takeTurn } from './conversation.js'
import { Delivery, type DeliverySink } from './delivery.js'
import { detailOf, type Failure, OVERRUN, type RequestFault, verdictOf } from './failure.js'
import type { ForwardingContext } from './forwarding-context.js'
import { type BodySink, RequestBody } from './request-body.js'
import { upstreamHeadersOf } from './request-headers.js'
import { timeoutOf } from './timeouts.js'
import type { InFlight, Outcome } from './traffic.js'

/**
 * Where a request stands:
 *
 *     waiting ──► collecting ──► delivering ──► responding ──► over ──► gone
 *        └────────────┴──────────────┴── a failure ────────────▲
 */
type State =
  /** Waiting for earlier responses on the connection; nothing of it has been read or sent. */
  | 'waiting'
  /** A small body is being collected; nothing has been sent. */
  | 'collecting'
  /** It is being sent, and the final response has not begun. */
  | 'delivering'
  /** The final response is being forwarded. */
  | 'responding'
  /** The response, or the proxy's own error, is written; or the response is truncated. */
  | 'over'
  /** The client has it, or has left; the outcome is reported. */
  | 'gone'

/**
 * Owns one request from the client's headers to the end of the response: it ties together the
 * request's body, its delivery and its response, and limits the time they may take.
 */
export class Forwarding implements DeliverySink, BodySink, ClientResponseSink, InFlight, Responder {
  readonly #context: ForwardingContext
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #target: string
  readonly #requestId: string
  readonly #body: RequestBody
  readonly #delivery: Delivery
  readonly #clientResponse: ClientResponse
  readonly #startedAtMs = Date.now()
  readonly #startedMs = performance.now()
  /** Its places in the rosters of the traffic and of the conversation. */
  place = -1
  placeOnConnection = -1

  #state: State = 'waiting'
  #failure: Failure | undefined
  #lastProgressMs: number

  constructor(
    context: ForwardingContext,
    request: IncomingMessage,
    response: ServerResponse,
    target: string,
    corsOrigin: string | undefined,
  ) {
    this.#context = context
    this.#request = request
    this.#response = response
    this.#target = target
    const { method = '', rawHeaders } = request
    const { requestId, contentLength, ...headers } = upstreamHeadersOf(rawHeaders, context)
    this.#requestId = requestId
    this.#body = new RequestBody(request, contentLength, context.replayLimitBytes, this)
    this.#delivery = new Delivery(context, { method, target, ...headers, body: this.#body }, this)
    this.#clientResponse = new ClientResponse(context, request, response, this, corsOrigin)
    this.#lastProgressMs = this.#startedMs
  }

  begin(): void {
    const { traffic, maxInFlight } = this.#context
    const isOverloaded = traffic.inFlight >= maxInFlight
    traffic.begin(this)
    const isNext = takeTurn(this.#request, this)
    this.#response.on('close', () => {
      this.leave()
    })
    if (isOverloaded) this.#fail({ code: 'OVERLOADED' })
    else if (isNext) this.proceed()
  }

  proceed(): void {
    if (this.#state !== 'waiting') return
    this.onProgress()
    if (this.#body.isStreamed) this.#deliver()
    else {
      this.#state = 'collecting'
      this.#clientResponse.continue()
      this.#body.collect()
    }
  }

  // The request, upstream

  onWhole(): void {
    if (this.#state === 'collecting') this.#deliver()
  }

  #deliver(): void {
    this.#state = 'delivering'
    this.#delivery.begin()
  }

  onAttempt(): void {
    this.#lastProgressMs = performance.now()
  }

  onBodyWanted(): void {
    this.#clientResponse.continue()
  }

  onNoToken(retryInMs: number): void {
    this.#fail({ code: 'TOKEN_UNAVAILABLE', retryAfterSeconds: retryInMs / 1000 })
  }

  onUndelivered(error: UpstreamError): void {
    this.#fail(error)
  }

  // The response, downstream

  onResponse(status: number, headers: FlatHeaders): void {
    this.onProgress()
    this.#context.clockSkew?.look(headers, this.#lastProgressMs)
    this.#state = 'responding'
    this.#clientResponse.announce(status, headers, this.#isLast)
  }

  onContent(part: Buffer): boolean {
    this.onProgress()
    if (this.#clientResponse.hasRoomFor(part.length)) return this.#clientResponse.write(part)
    this.onUnsendable('more than content-length')
    return false
  }

  onClientDrain(): void {
    this.onProgress()
    this.#delivery.resume()
  }

  onComplete(trailers: FlatHeaders): void {
    if (!this.#clientResponse.isComplete) {
      this.onUnsendable('less than content-length')
    } else if (this.#clientResponse.end(trailers)) {
      this.#state = 'over'
      this.#body.discard()
    } else this.onUnsendable('a field that HTTP/1 cannot carry')
  }

  onUnsendable(reason: string): void {
    this.#fail({ code: 'UPSTREAM_PROTOCOL', reason })
  }

  /** While draining, a response ends its connection unless another request is waiting on it. */
  get #isLast(): boolean {
    return this.#context.traffic.draining && isNewest(this.#request)
  }

  // Time

  onProgress(): void {
    this.#lastProgressMs = this.#context.traffic.nowMs
  }

  checkTimeouts(nowMs: number): void {
    this.#clientResponse.expireUnread(this.#context.idleTimeoutMs)
    if (this.#isOver || this.#state === 'waiting') return
    const failure = timeoutOf(nowMs - this.#lastProgressMs, this.#context, {
      isResponding: this.#state === 'responding',
      body: this.#body,
      delivery: this.#delivery,
      response: this.#clientResponse,
    })
    if (failure !== undefined) this.#fail(failure)
  }

  // The end

  get #isOver(): boolean {
    return this.#state === 'over' || this.#state === 'gone' || this.#response.destroyed
  }

  /** The proxy shuts down before the request is done. */
  shutDown(): void {
    // A retry may be suggested only for a request that provably was not processed.
    this.#fail(this.#delivery.mayHaveRun ? OVERRUN : { code: 'SHUTTING_DOWN' })
  }

  abort({ code, detail, isGone = false }: RequestFault): void {
    this.#fail(isGone ? { code: 'CLIENT_CLOSED', told: code, detail } : { code, detail })
  }

  /** Responds with the proxy's own error, or truncates a response that has begun. */
  #fail(failure: Failure): void {
    if (this.#isOver) return
    this.#state = 'over'
    this.#failure = failure
    this.#delivery.giveUp()
    const code =
      failure.code === 'CLIENT_CLOSED' ? (failure.told ?? 'UPSTREAM_TIMEOUT') : failure.code
    this.#clientResponse.fail(code, {
      requestId: this.#requestId,
      detail: detailOf(code, failure.detail, this.#delivery.mayHaveRun),
      retryAfterSeconds: failure.retryAfterSeconds,
      isLast: this.#isLast,
    })
    this.#body.discard()
  }

  /** The response is over: sent completely, or the client is gone. */
  leave(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    endTurn(this.#request, this)
    if (this.#failure === undefined && !hasLeft(this.#response)) {
      this.#failure = { code: 'CLIENT_CLOSED' }
      this.#delivery.giveUp()
    }
    const { traffic, inspector } = this.#context
    const outcome: Outcome = {
      requestId: this.#requestId,
      method: this.#request.method ?? '',
      path: pathOf(this.#target),
      ...verdictOf(this.#failure, this.#clientResponse),
      startedAtMs: this.#startedAtMs,
      durationMs: performance.now() - this.#startedMs,
      code: this.#failure?.code,
      reason: this.#failure?.reason,
      bytesUp: this.#body.bytes,
      bytesDown: this.#clientResponse.sentBytes,
      sent: this.#delivery.sent,
      user: conversationOf(this.#request.socket).caller?.user,
    }
    traffic.end(this, outcome)
    inspector?.end(this.#request, outcome)
  }
}
