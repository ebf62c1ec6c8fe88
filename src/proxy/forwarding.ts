import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AllowedHosts } from '../access/allowed-hosts.js'
import { pathOf } from '../access/request-target.js'
import { PROXY_ERRORS, type ProxyErrorCode } from '../errors.js'
import type { Token } from '../token/token.js'
import type { TokenKeeper } from '../token/token-keeper.js'
import type { ClockSkew } from '../upstream/clock-skew.js'
import {
  type Exchange,
  type ExchangeHandler,
  type FlatHeaders,
  type Unprocessed,
  type Upstream,
  UpstreamError,
} from '../upstream/exchange.js'
import { type Answerer, endTurn, takeTurn } from './conversation.js'
import { corsFields, withCors } from './cors.js'
import { sendProblem } from './problem.js'
import { type BodySink, RequestBody } from './request-body.js'
import { type ClientHeaders, readClientHeaders } from './request-headers.js'
import { readResponseHeaders, type ResponseHeaders } from './response-headers.js'
import type { InFlight, Traffic } from './traffic.js'

/** What all forwardings share. */
export interface ForwardingContext {
  readonly upstream: Upstream
  readonly upstreamOrigin: string
  readonly tokens: Pick<TokenKeeper, 'current' | 'next' | 'refused' | 'retryInMs'>
  /** Name of the field that carries the token, in lower case. */
  readonly tokenHeader: string
  readonly traffic: Traffic
  /** Looks at the dates of answers, if someone wants to know. */
  readonly clockSkew?: Pick<ClockSkew, 'look'>
  readonly hosts: AllowedHosts
  /** Of the local shared secret, in lower case; not forwarded. */
  readonly requiredHeader: string | undefined
  readonly maxInFlight: number
  readonly replayLimitBytes: number
  readonly responseTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly createRequestId: () => string
}

/** A 401 that waits for the decision whether to try again with another token. */
interface HeldAnswer {
  readonly status: number
  readonly headers: FlatHeaders
  readonly chunks: Buffer[]
  trailers: FlatHeaders | undefined
  error: UpstreamError | undefined
}

/**
 * Owns one request on its way to the upstream and its answer on the way back. It sends a request
 * a second time only if the first provably was not processed, or was refused with 401; and it
 * never lets an answer that was cut look whole.
 */
export class Forwarding implements ExchangeHandler, BodySink, InFlight, Answerer {
  readonly #context: ForwardingContext
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #target: string
  readonly #client: ClientHeaders
  readonly #requestId: string
  /** The allowed browser origin that asks. */
  readonly #corsOrigin: string | undefined
  readonly #body: RequestBody
  readonly #startedMs = performance.now()

  #token: Token | undefined
  #exchange: Exchange | undefined
  #dispatched = false
  #replayed = false
  #retriedUnauthorized = false
  #held: HeldAnswer | undefined
  #answer: ResponseHeaders | undefined
  #receivedBytes = 0
  /** The chunk that completes the answer, kept back until the upstream ended it. */
  #lastChunk: Buffer | undefined
  #ended = false
  /** All is sent, or the client is gone. */
  #left = false
  #failure: ProxyErrorCode | undefined
  #reason: string | undefined
  #lastProgressMs: number
  /** The upstream takes no more of the body at the moment. */
  #upstreamIsFull = false
  /** The client takes no more of the answer at the moment. */
  #clientIsFull = false

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
    this.#corsOrigin = corsOrigin
    this.#client = readClientHeaders(request.rawHeaders, context)
    this.#requestId = this.#client.requestId ?? context.createRequestId()
    this.#body = new RequestBody(
      request,
      this.#client.contentLength,
      context.replayLimitBytes,
      this,
    )
    this.#lastProgressMs = this.#startedMs
  }

  begin(): void {
    const { traffic, maxInFlight } = this.#context
    const isOverloaded = traffic.inFlight >= maxInFlight
    traffic.begin(this)
    takeTurn(this.#request, this)
    this.#response.sendDate = false
    this.#response.on('close', () => {
      this.leave()
    })
    if (isOverloaded) this.#fail('OVERLOADED')
    else if (this.#body.isStreamed) this.#acquireToken()
    else {
      this.#continue()
      this.#body.collect()
    }
  }

  // The request, upwards

  onWhole(): void {
    this.#acquireToken()
  }

  onPart(chunk: Buffer): void {
    this.#lastProgressMs = this.#context.traffic.nowMs
    if (this.#exchange !== undefined && !this.#exchange.write(chunk)) {
      this.#upstreamIsFull = true
      this.#body.pause()
    }
  }

  onPartsEnd(): void {
    this.#lastProgressMs = this.#context.traffic.nowMs
    this.#exchange?.end()
  }

  onDrain(): void {
    this.#upstreamIsFull = false
    if (this.#answer === undefined || !this.#body.ended) this.#body.flow()
  }

  #continue(): void {
    const { headers, httpVersion } = this.#request
    // An HTTP/1.0 client does not know interim answers (RFC 9110 §10.1.1).
    if (headers.expect !== undefined && httpVersion === '1.1') this.#response.writeContinue()
  }

  #acquireToken(): void {
    if (this.#isOver) return
    const token = this.#context.tokens.current()
    if (token !== undefined) {
      this.#send(token)
      return
    }
    this.#context.tokens.next().then(
      (next) => {
        if (!this.#isOver) this.#send(next)
      },
      () => {
        this.#fail('TOKEN_UNAVAILABLE', undefined, this.#context.tokens.retryInMs / 1000)
      },
    )
  }

  #send(token: Token): void {
    this.#token = token
    this.#dispatched = true
    this.#lastProgressMs = performance.now()
    this.#context.upstream.dispatch(
      {
        method: this.#request.method ?? '',
        path: this.#target,
        headers: [
          this.#context.tokenHeader,
          token.headerValue,
          'x-request-id',
          this.#requestId,
          ...this.#client.fields,
        ],
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
    const isAgain = this.#replayed || this.#retriedUnauthorized
    if (!isAgain) this.#continue()
    for (const part of this.#body.parts) exchange.write(part)
    if (this.#body.ended) exchange.end()
    else this.#body.flow()
  }

  // The answer, downwards

  onHeaders(status: number, headers: FlatHeaders): void {
    this.#lastProgressMs = this.#context.traffic.nowMs
    this.#context.clockSkew?.look(headers, this.#lastProgressMs)
    if (status === 401 && this.#canSendAgain && !this.#retriedUnauthorized) {
      this.#hold(status, headers)
    } else {
      this.#writeHead(status, headers)
    }
  }

  onData(chunk: Buffer): void {
    this.#lastProgressMs = this.#context.traffic.nowMs
    if (this.#held !== undefined) {
      this.#held.chunks.push(chunk)
      return
    }
    this.#receivedBytes += chunk.length
    const announced = this.#answer?.contentLength
    if (announced !== undefined && this.#receivedBytes >= announced) {
      if (this.#receivedBytes > announced || this.#lastChunk !== undefined) {
        this.onError(new UpstreamError('UPSTREAM_PROTOCOL', 'more than content-length'))
      } else this.#lastChunk = chunk
    } else if (!this.#response.write(chunk) && !this.#clientIsFull) {
      this.#clientIsFull = true
      this.#exchange?.pause()
      this.#response.once('drain', () => {
        this.#clientIsFull = false
        this.#lastProgressMs = this.#context.traffic.nowMs
        this.#exchange?.resume()
      })
    }
  }

  onEnd(trailers: FlatHeaders): void {
    if (this.#held !== undefined) {
      this.#held.trailers = trailers
      return
    }
    this.#exchange = undefined
    const announced = this.#answer?.contentLength
    if (announced !== undefined && this.#receivedBytes < announced && this.#hasBody) {
      this.onError(new UpstreamError('UPSTREAM_PROTOCOL', 'less than content-length'))
      return
    }
    this.#ended = true
    if (trailers.length > 0 && announced === undefined) {
      const { fields } = readResponseHeaders(trailers, '', undefined)
      this.#response.addTrailers(pairs(fields))
    }
    this.#response.end(this.#lastChunk?.toString('latin1'), 'latin1')
    this.#body.discard()
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
    if (unprocessed !== undefined && !this.#replayed && this.#canSendAgain) {
      this.#replayed = true
      this.#sendAgain(unprocessed)
    } else this.#fail(error.code, error.reason)
  }

  /** Nothing of an answer was passed on, and the body is within the limit for a replay. */
  get #canSendAgain(): boolean {
    return this.#answer === undefined && this.#body.isKept
  }

  #sendAgain(reason: Unprocessed | 'unauthorized', token = this.#context.tokens.current()): void {
    this.#context.traffic.replayed(reason)
    this.#body.pause()
    this.#upstreamIsFull = false
    if (token === undefined) this.#acquireToken()
    else this.#send(token)
  }

  /** Keeps a 401 back while another token is asked for, once for all who saw one. */
  #hold(status: number, headers: FlatHeaders): void {
    const token = this.#token
    if (token === undefined || (this.#body.isStreamed && !this.#body.ended)) {
      this.#writeHead(status, headers)
      return
    }
    const held: HeldAnswer = { status, headers, chunks: [], trailers: undefined, error: undefined }
    this.#held = held
    this.#retriedUnauthorized = true
    this.#exchange?.pause()
    void this.#context.tokens.refused(token).then((other) => {
      this.#held = undefined
      if (this.#isOver) return
      const exchange = this.#exchange
      if (other !== undefined) {
        this.#exchange = undefined
        if (held.trailers === undefined && held.error === undefined) exchange?.cancel()
        this.#sendAgain('unauthorized', other)
        return
      }
      this.#writeHead(held.status, held.headers)
      for (const chunk of held.chunks) this.onData(chunk)
      if (held.error !== undefined) this.onError(held.error)
      else if (held.trailers !== undefined) this.onEnd(held.trailers)
      else exchange?.resume()
    })
  }

  #writeHead(status: number, headers: FlatHeaders): void {
    const { upstreamOrigin, traffic } = this.#context
    const { host } = this.#request.headers
    const localOrigin = host === undefined ? undefined : `http://${host}`
    const answer = readResponseHeaders(headers, upstreamOrigin, localOrigin)
    this.#answer = answer
    const { fields: own } = answer
    const fields = this.#corsOrigin === undefined ? own : withCors(own, this.#corsOrigin)
    if (traffic.draining) fields.push('connection', 'close')
    try {
      this.#response.writeHead(status, fields)
      // A body often comes along, and then they go in one write; else nobody waits for it.
      setImmediate(flushHead, this)
    } catch {
      this.#answer = undefined
      this.onError(new UpstreamError('UPSTREAM_PROTOCOL', 'header'))
    }
  }

  flushHead(): void {
    if (this.#isOver || this.#receivedBytes > 0) return
    // A head that is the whole answer waits for the upstream's end like a last chunk.
    if (!this.#hasBody || this.#answer?.contentLength === 0) return
    this.#response.flushHeaders()
  }

  get #hasBody(): boolean {
    const { statusCode } = this.#response
    return this.#request.method !== 'HEAD' && statusCode !== 304 && statusCode !== 204
  }

  // The end

  checkTimeouts(nowMs: number): void {
    if (this.#isOver) return
    const quietMs = nowMs - this.#lastProgressMs
    const { responseTimeoutMs, idleTimeoutMs } = this.#context
    if (this.#answer !== undefined) {
      if (quietMs > idleTimeoutMs && !this.#answer.isEventStream) {
        this.#fail('UPSTREAM_TIMEOUT', 'idle')
      }
    } else if (!this.#body.ended && !this.#upstreamIsFull && !this.#isQueued) {
      // It is the client that keeps everyone waiting.
      if (quietMs > idleTimeoutMs) this.#fail('REQUEST_TIMEOUT')
      else if (this.#dispatched && quietMs > responseTimeoutMs) this.#fail('UPSTREAM_TIMEOUT')
    } else if (this.#dispatched && quietMs > responseTimeoutMs) {
      this.#fail('UPSTREAM_TIMEOUT', 'response')
    }
  }

  /** Dispatched, and no stream was free yet. */
  get #isQueued(): boolean {
    return this.#dispatched && this.#exchange === undefined
  }

  cut(code: ProxyErrorCode = 'SHUTTING_DOWN'): void {
    this.#fail(code)
  }

  get #isOver(): boolean {
    return this.#ended || this.#left || this.#failure !== undefined || this.#response.destroyed
  }

  /** Answers with the proxy's own error; if the answer began already, cuts the connection. */
  #fail(code: ProxyErrorCode, reason?: string, retryAfterSeconds = 1): void {
    if (this.#isOver) return
    this.#failure = code
    this.#reason = reason
    this.#letGo()
    if (!this.#response.headersSent && this.#answer === undefined) {
      sendProblem(this.#request, this.#response, code, {
        requestId: this.#requestId,
        retryAfterSeconds,
        headers: this.#corsOrigin === undefined ? [] : corsFields(this.#corsOrigin),
      })
    } else if (this.#request.httpVersion === '1.0') {
      // Where only the end of the connection ends the answer, a reset tells it from a whole one.
      this.#request.socket.resetAndDestroy()
    } else this.#response.destroy()
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
    if (this.#left) return
    this.#left = true
    endTurn(this.#request, this)
    const { writableFinished, statusCode } = this.#response
    const left = !writableFinished && this.#failure === undefined
    if (left) this.#letGo()
    const ownStatus = this.#failure === undefined ? undefined : PROXY_ERRORS[this.#failure][0]
    this.#context.traffic.end(this, {
      requestId: this.#requestId,
      method: this.#request.method ?? '',
      path: pathOf(this.#target),
      status: this.#answer !== undefined ? statusCode : (ownStatus ?? 499),
      durationMs: performance.now() - this.#startedMs,
      source: this.#answer === undefined ? 'proxy' : 'upstream',
      code: this.#failure ?? (left ? 'CLIENT_CLOSED' : undefined),
      reason: this.#reason,
    })
  }
}

function flushHead(forwarding: Forwarding): void {
  forwarding.flushHead()
}

function pairs(flat: readonly string[]): [string, string][] {
  const list: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) list.push([flat[i] as string, flat[i + 1] as string])
  return list
}
