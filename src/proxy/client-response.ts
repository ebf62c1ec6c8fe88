import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ProxyErrorCode } from '../errors.js'
import type { FlatHeaders } from '../upstream/exchange.js'
import { canBeReset, endAfter, truncate } from './conversation.js'
import { corsFields, withCors } from './cors.js'
import type { EndOfTurn, PutOff } from './end-of-turn.js'
import type { MemoryReturn } from './memory-return.js'
import { type ProblemOptions, sendProblem } from './problem.js'
import { type ContentSink, ResponseContent } from './response-content.js'
import { canHttp1Carry, readResponseHeaders } from './response-headers.js'
import { readTrailers } from './trailers.js'

/** Up to this much content waits for the end of the turn; more is written at once. */
const GATHERED_BYTES = 64 * 1024
const NOT_CARRIED = 'a field that HTTP/1 cannot carry'
const TOO_LARGE = 'too large without a length, for HTTP/1.0 on a unix socket'

export interface ClientResponseContext {
  readonly upstreamOrigin: string
  readonly endOfTurn: EndOfTurn
  readonly memoryReturn: MemoryReturn
}

/** What a response reports to its request. */
export interface ClientResponseSink {
  /** The client can take more, after `write` returned false. */
  onClientDrain(): void
  /** The upstream's response cannot be forwarded: `fail` must follow. `reason` is for the log. */
  onUnsendable(reason: string): void
}

/**
 * Where a response stands:
 *
 *     awaited ──► announced ──► begun ──► whole
 *        │            │           └─────► truncated
 *        │            ├─────────────────► whole
 *        └────────────┴─────────────────► own
 *
 * Until it is begun nothing of it has left, and a failure becomes the proxy's own error. Once it
 * is, a failure truncates it. There is no third way: no client ever sees its connection end
 * without one byte in response to a request that may have been processed.
 */
type State =
  /** Nothing has arrived. */
  | 'awaited'
  /** The upstream's headers have arrived, and perhaps some of the content. */
  | 'announced'
  /** The headers have been written. */
  | 'begun'
  /** All of it has been written. */
  | 'whole'
  /** The connection ends before it is complete. */
  | 'truncated'
  /** The proxy's own error has been written in its place. */
  | 'own'

/**
 * Owns the upstream's response to the client, or the proxy's own in its place. The last of the
 * announced content is held back until the upstream has ended the response, so that a truncated one
 * never looks complete.
 */
export class ClientResponse implements ContentSink, PutOff {
  readonly #context: ClientResponseContext
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #sink: ClientResponseSink
  /** The allowed browser origin the request came from. */
  readonly #corsOrigin: string | undefined
  readonly #content: ResponseContent
  #state: State = 'awaited'
  /** The upstream's status. */
  status = 0
  /** Events may be far apart. */
  isEventStream = false
  /** The response headers for the client: name, value, … */
  #fields: string[] = []
  /** Length of the content; undefined if unknown. */
  #announcedBytes: number | undefined
  #receivedBytes = 0
  #unsentBytes = 0
  /** It is sent whole or not at all. */
  #isCollected = false
  /** `onEndOfTurn` is scheduled. */
  #isPutOff = false

  constructor(
    context: ClientResponseContext,
    request: IncomingMessage,
    response: ServerResponse,
    sink: ClientResponseSink,
    corsOrigin: string | undefined,
  ) {
    this.#context = context
    this.#request = request
    this.#response = response
    this.#sink = sink
    this.#corsOrigin = corsOrigin
    this.#content = new ResponseContent(response, this, context.memoryReturn)
    response.sendDate = false
  }

  /** The client received the upstream's response, or at least its headers. */
  get isUpstreams(): boolean {
    return this.#state === 'begun' || this.#state === 'whole' || this.#state === 'truncated'
  }

  /** Content is waiting for the client. */
  get isBlocked(): boolean {
    return this.#content.isBlocked
  }

  /** Content bytes written, the proxy's own included. */
  get sentBytes(): number {
    return this.#receivedBytes - this.#unsentBytes
  }

  /** Sends 100 (Continue), RFC 9110 §10.1.1. HTTP/1.0 has no interim responses. */
  continue(): void {
    const { headers, httpVersion } = this.#request
    if (headers.expect !== undefined && httpVersion === '1.1') this.#response.writeContinue()
  }

  /** @param isLast the connection takes no more requests */
  announce(status: number, headers: FlatHeaders, isLast: boolean): void {
    const { host } = this.#request.headers
    const head = readResponseHeaders(headers, this.#context.upstreamOrigin, host)
    const { fields } = head
    this.#fields = this.#corsOrigin === undefined ? fields : withCors(fields, this.#corsOrigin)
    if (isLast) endAfter(this.#response)
    const hasContent = this.#request.method !== 'HEAD' && status !== 304 && status !== 204
    this.#announcedBytes = hasContent ? head.contentLength : 0
    this.status = status
    this.#state = 'announced'
    // Only closing the connection marks its end (RFC 9112 §6.3).
    const isDelimitedByClose = this.#announcedBytes === undefined && !this.#isChunked
    this.#isCollected = isDelimitedByClose && !canBeReset(this.#request.socket)
    this.isEventStream = head.isEventStream && !this.#isCollected
    // Content often follows at once, and then both go in one write. Headers that are the whole
    // response wait for the upstream to end it, like a last part.
    if (this.#announcedBytes !== 0) this.#putOff()
  }

  /** Whether this many more bytes fit into the announced length. */
  hasRoomFor(bytes: number): boolean {
    return this.#receivedBytes + bytes <= (this.#announcedBytes ?? Infinity)
  }

  /** Whether all announced content has arrived. */
  get isComplete(): boolean {
    return this.#announcedBytes === undefined || this.#holdsLast
  }

  /** @returns false: wait for `onClientDrain` */
  write(part: Buffer): boolean {
    this.#receivedBytes += part.length
    if (this.#state !== 'begun' || this.#holdsLast || !this.#content.writeDirectly(part)) {
      this.#content.keep(part)
      if (this.#content.isBlocked || this.#content.waitingBytes <= GATHERED_BYTES) this.#putOff()
      else if (this.#isCollected) this.#sink.onUnsendable(TOO_LARGE)
      else this.onEndOfTurn()
    }
    return !this.#content.isBlocked
  }

  /** The upstream has ended its response; false if a header or trailer field cannot be sent. */
  end(trailers: FlatHeaders): boolean {
    try {
      const trailerFields = this.#announcedBytes === undefined ? readTrailers(trailers) : []
      if (trailerFields.length > 0) this.#response.addTrailers(trailerFields)
      if (this.#state === 'announced') this.#writeHead()
    } catch {
      return false
    }
    this.#state = 'whole'
    this.#content.end()
    return true
  }

  /** Responds with the proxy's own error if nothing was sent yet, or truncates the response. */
  fail(code: ProxyErrorCode, options: Omit<ProblemOptions, 'headers'>): void {
    this.#unsentBytes = this.#content.drop()
    if (this.#state === 'begun') {
      this.#state = 'truncated'
      truncate(this.#response, this.#isChunked)
      return
    }
    this.#state = 'own'
    this.#unsentBytes = 0
    this.#receivedBytes = sendProblem(this.#request, this.#response, code, {
      ...options,
      headers: this.#corsOrigin === undefined ? [] : corsFields(this.#corsOrigin),
    })
  }

  /** If it is complete, the client has this long to take what is left. */
  expireUnread(idleTimeoutMs: number): void {
    if (this.#state === 'whole') this.#content.expire(idleTimeoutMs)
  }

  #putOff(): void {
    if (this.#isPutOff) return
    this.#isPutOff = true
    this.#context.endOfTurn.add(this)
  }

  onUnblocked(): void {
    this.onEndOfTurn()
    if (!this.#content.isBlocked) this.#sink.onClientDrain()
  }

  onEndOfTurn(): void {
    this.#isPutOff = false
    this.#content.noteTurn()
    if (this.#state === 'announced' && !this.#holdsLast && !this.#content.isBlocked) {
      if (!this.#isCollected) this.#begin()
      else if (!canHttp1Carry(this.#fields)) this.#sink.onUnsendable(NOT_CARRIED)
    }
    if (this.#state === 'begun') this.#content.flush(this.#holdsLast)
  }

  /** Writes the headers, once it is this response's turn on the connection. */
  #begin(): void {
    if (this.#content.awaitTurn()) return
    try {
      this.#writeHead()
    } catch {
      this.#sink.onUnsendable(NOT_CARRIED)
      return
    }
    this.#state = 'begun'
    if (this.#content.waitingBytes === 0) this.#content.writeNothing()
  }

  /** @throws if HTTP/1 cannot carry a field */
  #writeHead(): void {
    if (this.#isCollected) this.#fields.push('content-length', String(this.#receivedBytes))
    this.#response.writeHead(this.status, this.#fields)
  }

  /** All announced content has arrived, and only the upstream's end is awaited. */
  get #holdsLast(): boolean {
    return this.#receivedBytes === this.#announcedBytes
  }

  /** A last chunk marks its end, which HTTP/1.0 does not have. */
  get #isChunked(): boolean {
    return this.#request.httpVersion === '1.1' && this.#announcedBytes === undefined
  }
}
