import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ProxyErrorCode } from '../errors.js'
import type { FlatHeaders } from '../upstream/exchange.js'
import { corsFields, withCors } from './cors.js'
import type { EndOfTurn, PutOff } from './end-of-turn.js'
import { sendProblem } from './problem.js'
import { readResponseHeaders } from './response-headers.js'

/** A last chunk up to this size goes out in one write with the header. */
const ONE_WRITE_BYTES = 16 * 1024

/** What all answers share. */
export interface AnswerContext {
  readonly upstreamOrigin: string
  readonly endOfTurn: EndOfTurn
}

/** Told when the client takes more, after `write` said that it does not. */
export interface AnswerSink {
  onClientDrain(): void
}

/**
 * Owns the upstream's answer on its way to the client, or the proxy's own in its place. It never
 * lets an answer that was cut look whole: the chunk that completes what was announced is held back
 * until the upstream ended it, and what is cut ends with its connection.
 */
export class Answer implements PutOff {
  readonly #context: AnswerContext
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #sink: AnswerSink
  /** The allowed browser origin that asks. */
  readonly #corsOrigin: string | undefined
  #contentLength: number | undefined
  #receivedBytes = 0
  /** The chunk that completes the answer. */
  #lastChunk: Buffer | undefined
  #isWaitingForDrain = false
  #isExpiring = false
  /** It is the upstream's, and its header was passed on. */
  hasBegun = false
  /** All of it was written. */
  hasEnded = false
  /** Events may be far apart. */
  isEventStream = false

  constructor(
    context: AnswerContext,
    request: IncomingMessage,
    response: ServerResponse,
    sink: AnswerSink,
    corsOrigin: string | undefined,
  ) {
    this.#context = context
    this.#request = request
    this.#response = response
    this.#sink = sink
    this.#corsOrigin = corsOrigin
    response.sendDate = false
  }

  /** As the client saw it. */
  get status(): number {
    return this.#response.statusCode
  }

  /** Interim: the body is wanted (RFC 9110 §10.1.1). HTTP/1.0 does not know interim answers. */
  continue(): void {
    const { headers, httpVersion } = this.#request
    if (headers.expect !== undefined && httpVersion === '1.1') this.#response.writeContinue()
  }

  /**
   * Passes the header on; false if it cannot stand in HTTP/1.
   * @param isLast this connection takes no more requests
   */
  begin(status: number, headers: FlatHeaders, isLast: boolean): boolean {
    const { host } = this.#request.headers
    const localOrigin = host === undefined ? undefined : `http://${host}`
    const answer = readResponseHeaders(headers, this.#context.upstreamOrigin, localOrigin)
    const { fields: own } = answer
    const fields = this.#corsOrigin === undefined ? own : withCors(own, this.#corsOrigin)
    if (isLast) fields.push('connection', 'close')
    try {
      this.#response.writeHead(status, fields)
    } catch {
      return false
    }
    this.hasBegun = true
    this.isEventStream = answer.isEventStream
    this.#contentLength = answer.contentLength
    // A body often comes along, and then they go in one write; else nobody waits for it. A header
    // that is the whole answer waits for the upstream's end like a last chunk.
    if (this.#hasBody && answer.contentLength !== 0) this.#context.endOfTurn.add(this)
    return true
  }

  onEndOfTurn(): void {
    if (!this.hasEnded && this.#receivedBytes === 0) this.#response.flushHeaders()
  }

  /** Whether so many more bytes are within what was announced. */
  hasRoomFor(bytes: number): boolean {
    return this.#contentLength === undefined || this.#receivedBytes + bytes <= this.#contentLength
  }

  /** Whether all that was announced came. */
  get isWhole(): boolean {
    return (
      this.#contentLength === undefined ||
      this.#receivedBytes >= this.#contentLength ||
      !this.#hasBody
    )
  }

  /** @returns false: wait for `onClientDrain` */
  write(chunk: Buffer): boolean {
    this.#receivedBytes += chunk.length
    if (this.#receivedBytes === this.#contentLength) {
      this.#lastChunk = chunk
      return true
    }
    if (this.#response.write(chunk)) return true
    if (!this.#isWaitingForDrain) {
      this.#isWaitingForDrain = true
      this.#response.once('drain', () => {
        this.#isWaitingForDrain = false
        this.#sink.onClientDrain()
      })
    }
    return false
  }

  /** Passes the end on; false if a trailer field cannot stand in HTTP/1. */
  end(trailers: FlatHeaders): boolean {
    if (trailers.length > 0 && this.#contentLength === undefined) {
      try {
        this.#response.addTrailers(pairs(readResponseHeaders(trailers, '', undefined).fields))
      } catch {
        return false
      }
    }
    this.hasEnded = true
    const last = this.#lastChunk
    // Node joins a text with the header, and sends a buffer on its own.
    if (last !== undefined && last.length <= ONE_WRITE_BYTES) {
      this.#response.end(last.toString('latin1'), 'latin1')
    } else this.#response.end(last)
    return true
  }

  /** The end is passed on: from now on it is the client who must take what is left in time. */
  expireUnread(idleTimeoutMs: number): void {
    const { socket } = this.#response
    // Null while earlier answers of the connection are not over. Node looks at what the kernel took,
    // destroys a socket whose time is up, and sets another time when the answer is out.
    if (socket === null || this.#isExpiring) return
    this.#isExpiring = true
    socket.setTimeout(idleTimeoutMs)
  }

  /** Ends it with the proxy's own error, if there is still room for one; else cuts it. */
  fail(code: ProxyErrorCode, requestId: string, retryAfterSeconds: number): void {
    if (!this.#response.headersSent && !this.hasBegun) {
      sendProblem(this.#request, this.#response, code, {
        requestId,
        retryAfterSeconds,
        headers: this.#corsOrigin === undefined ? [] : corsFields(this.#corsOrigin),
      })
    } else if (this.#request.httpVersion === '1.0') {
      // Where only the end of the connection ends the answer, a reset tells it from a whole one.
      try {
        this.#request.socket.resetAndDestroy()
      } catch {
        // A unix socket has no reset.
        this.#request.socket.destroy()
      }
    } else this.#response.destroy()
  }

  get #hasBody(): boolean {
    const { statusCode } = this.#response
    return this.#request.method !== 'HEAD' && statusCode !== 304 && statusCode !== 204
  }
}

function pairs(flat: readonly string[]): [string, string][] {
  const list: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) list.push([flat[i] as string, flat[i + 1] as string])
  return list
}
