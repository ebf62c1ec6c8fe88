import type { IncomingMessage, ServerResponse } from 'node:http'
import { pathOf } from '../access/request-target.js'
import { PROXY_ERRORS, type ProxyErrorCode } from '../errors.js'
import type { Token } from '../token/token.js'
import {
  type Exchange,
  type ExchangeHandler,
  type FlatHeaders,
  type Unprocessed,
  UpstreamError,
} from '../upstream/exchange.js'
import { Answer, type AnswerSink } from './answer.js'
import { type Answerer, endTurn, takeTurn } from './conversation.js'
import type { ForwardingContext } from './forwarding-context.js'
import { HeldAnswer } from './held-answer.js'
import { type BodySink, RequestBody } from './request-body.js'
import { readClientHeaders } from './request-headers.js'
import type { InFlight } from './traffic.js'

/**
 * Owns one request on its way to the upstream, and its end. It sends a request a second time only
 * if the first provably was not processed, or was refused with 401.
 */
export class Forwarding implements ExchangeHandler, BodySink, AnswerSink, InFlight, Answerer {
  readonly #context: ForwardingContext
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #target: string
  readonly #requestId: string
  /** As they go upstream; the token's value stands at `#tokenAt`. */
  readonly #headers: string[]
  readonly #tokenAt: number
  readonly #body: RequestBody
  readonly #answer: Answer
  readonly #startedMs = performance.now()

  #token: Token | undefined
  #exchange: Exchange | undefined
  #dispatched = false
  /** It was sent a second time because it was not processed the first, */
  #isReplayed = false
  /** or because the token was refused. */
  #isRetried = false
  #held: HeldAnswer | undefined
  /** All is sent, or the client is gone. */
  #hasLeft = false
  #failure: ProxyErrorCode | undefined
  #reason: string | undefined
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
    const { fields, requestId, contentLength } = readClientHeaders(request.rawHeaders, context)
    this.#requestId = requestId ?? context.createRequestId()
    this.#tokenAt = fields.push(context.tokenHeader)
    fields.push('', 'x-request-id', this.#requestId)
    this.#headers = fields
    this.#body = new RequestBody(request, contentLength, context.replayLimitBytes, this)
    this.#answer = new Answer(context, request, response, this, corsOrigin)
    this.#lastProgressMs = this.#startedMs
  }

  begin(): void {
    const { traffic, maxInFlight } = this.#context
    const isOverloaded = traffic.inFlight >= maxInFlight
    traffic.begin(this)
    takeTurn(this.#request, this)
    this.#response.on('close', () => {
      this.leave()
    })
    if (isOverloaded) this.#fail('OVERLOADED')
    else if (this.#body.isStreamed) this.#acquireToken()
    else {
      this.#answer.continue()
      this.#body.collect()
    }
  }

  // The request, upwards

  onWhole(): void {
    this.#acquireToken()
  }

  onPart(): void {
    this.#progress()
  }

  onDrain(): void {
    this.#body.onDrain()
  }

  #acquireToken(): void {
    if (this.#isOver) return
    const { tokens } = this.#context
    const token = tokens.current()
    if (token !== undefined) {
      this.#send(token)
      return
    }
    tokens.next().then(
      (next) => {
        if (!this.#isOver) this.#send(next)
      },
      () => {
        this.#fail('TOKEN_UNAVAILABLE', undefined, tokens.retryInMs / 1000)
      },
    )
  }

  #send(token: Token): void {
    this.#token = token
    this.#headers[this.#tokenAt] = token.headerValue
    this.#dispatched = true
    this.#lastProgressMs = performance.now()
    this.#context.upstream.dispatch(
      {
        method: this.#request.method ?? '',
        path: this.#target,
        headers: this.#headers,
        body: this.#body.isStreamed ? undefined : this.#body.whole,
      },
      this,
    )
  }

  onOpen(exchange: Exchange): void {
    this.#exchange = exchange
    if (this.#isOver) {
      exchange.cancel()
      return
    }
    if (!this.#body.isStreamed) return
    if (!this.#isReplayed && !this.#isRetried) this.#answer.continue()
    this.#body.sendTo(exchange)
  }

  // The answer, downwards

  onHeaders(status: number, headers: FlatHeaders): void {
    this.#progress()
    this.#context.clockSkew?.look(headers, this.#lastProgressMs)
    if (status !== 401 || !this.#hold(status, headers)) this.#begin(status, headers)
  }

  #begin(status: number, headers: FlatHeaders): void {
    if (!this.#answer.begin(status, headers, this.#context.traffic.draining)) {
      this.onError(new UpstreamError('UPSTREAM_PROTOCOL', 'header'))
    }
  }

  onData(chunk: Buffer): void {
    this.#progress()
    if (this.#held !== undefined) this.#held.chunks.push(chunk)
    else if (!this.#answer.hasRoomFor(chunk.length)) {
      this.onError(new UpstreamError('UPSTREAM_PROTOCOL', 'more than content-length'))
    } else if (!this.#answer.write(chunk)) this.#exchange?.pause()
  }

  onClientDrain(): void {
    this.#progress()
    this.#exchange?.resume()
  }

  onEnd(trailers: FlatHeaders): void {
    if (this.#held !== undefined) {
      this.#held.trailers = trailers
      return
    }
    this.#exchange = undefined
    if (!this.#answer.isWhole) {
      this.onError(new UpstreamError('UPSTREAM_PROTOCOL', 'less than content-length'))
    } else if (this.#answer.end(trailers)) this.#body.discard()
    else this.onError(new UpstreamError('UPSTREAM_PROTOCOL', 'malformed trailer field'))
  }

  onError(error: UpstreamError): void {
    if (this.#held !== undefined) {
      this.#held.error = error
      return
    }
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.cancel()
    if (this.#isOver) return
    const { unprocessed } = error
    if (unprocessed !== undefined && !this.#isReplayed && this.#canSendAgain) {
      this.#isReplayed = true
      this.#sendAgain(unprocessed, this.#context.tokens.current())
    } else this.#fail(error.code, error.reason)
  }

  // A second time

  /** Nothing of an answer was passed on, and what came of the body is within the limit. */
  get #canSendAgain(): boolean {
    return !this.#answer.hasBegun && this.#body.isKept
  }

  #sendAgain(reason: Unprocessed | 'unauthorized', token: Token | undefined): void {
    this.#context.traffic.replayed(reason)
    this.#body.withhold()
    if (token === undefined) this.#acquireToken()
    else this.#send(token)
  }

  /**
   * A 401: another token is asked for, once for all who saw one. If the request can be sent with
   * it, the answer is kept back until then; gives whether it is.
   */
  #hold(status: number, headers: FlatHeaders): boolean {
    const token = this.#token
    if (token === undefined || this.#isRetried) return false
    const minted = this.#context.tokens.refused(token)
    if (!this.#canSendAgain || !this.#body.hasEnded) return false
    const held = new HeldAnswer(status, headers)
    this.#held = held
    this.#isRetried = true
    this.#exchange?.pause()
    void minted.then((other) => {
      this.#decide(held, other)
    })
    return true
  }

  #decide(held: HeldAnswer, other: Token | undefined): void {
    this.#held = undefined
    if (this.#isOver) return
    const exchange = this.#exchange
    if (other !== undefined) {
      this.#exchange = undefined
      if (!held.isOver) exchange?.cancel()
      this.#sendAgain('unauthorized', other)
      return
    }
    this.#begin(held.status, held.headers)
    for (const chunk of held.chunks) this.onData(chunk)
    if (held.error !== undefined) this.onError(held.error)
    else if (held.trailers !== undefined) this.onEnd(held.trailers)
    else exchange?.resume()
  }

  // The end

  #progress(): void {
    this.#lastProgressMs = this.#context.traffic.nowMs
  }

  checkTimeouts(nowMs: number): void {
    const { responseTimeoutMs, idleTimeoutMs } = this.#context
    if (this.#answer.hasEnded) this.#answer.expireUnread(idleTimeoutMs)
    if (this.#isOver) return
    const quietMs = nowMs - this.#lastProgressMs
    const isIdle = quietMs > idleTimeoutMs
    if (this.#answer.hasBegun) {
      if (isIdle && !this.#answer.isEventStream) this.#fail('UPSTREAM_TIMEOUT', 'idle')
    } else if (this.#isClientAwaited && isIdle) this.#fail('REQUEST_TIMEOUT')
    else if (this.#dispatched && quietMs > responseTimeoutMs) {
      this.#fail('UPSTREAM_TIMEOUT', 'response')
    }
  }

  /** The client has not sent all of the body, and nothing but the client is waited for. */
  get #isClientAwaited(): boolean {
    const isQueued = this.#dispatched && this.#exchange === undefined
    return !this.#body.hasEnded && !this.#body.isUpstreamFull && !isQueued
  }

  cut(code: ProxyErrorCode = 'SHUTTING_DOWN'): void {
    this.#fail(code)
  }

  get #isOver(): boolean {
    return (
      this.#answer.hasEnded ||
      this.#hasLeft ||
      this.#failure !== undefined ||
      this.#response.destroyed
    )
  }

  /** Answers with the proxy's own error; if the answer began already, cuts it. */
  #fail(code: ProxyErrorCode, reason?: string, retryAfterSeconds = 1): void {
    if (this.#isOver) return
    this.#failure = code
    this.#reason = reason
    this.#letGo()
    this.#answer.fail(code, this.#requestId, retryAfterSeconds)
    this.#body.discard()
  }

  /** Gives up the upstream's side. */
  #letGo(): void {
    this.#held = undefined
    this.#context.upstream.withdraw(this)
    this.#exchange?.cancel()
    this.#exchange = undefined
  }

  /** The response is over: all sent, or the client is gone. */
  leave(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    endTurn(this.#request, this)
    const isCut = !this.#response.writableFinished && this.#failure === undefined
    if (isCut) this.#letGo()
    const ownStatus = this.#failure === undefined ? 499 : PROXY_ERRORS[this.#failure][0]
    const isUpstreams = this.#answer.hasBegun
    this.#context.traffic.end(this, {
      requestId: this.#requestId,
      method: this.#request.method ?? '',
      path: pathOf(this.#target),
      status: isUpstreams ? this.#answer.status : ownStatus,
      durationMs: performance.now() - this.#startedMs,
      source: isUpstreams ? 'upstream' : 'proxy',
      code: this.#failure ?? (isCut ? 'CLIENT_CLOSED' : undefined),
      reason: this.#reason,
    })
  }
}
