import type { IncomingMessage } from 'node:http'
import type { Exchange } from '../upstream/exchange.js'
import { Backlog } from './backlog.js'

/**
 * A body with a content length up to this (one DATA frame), and within the replay limit, is sent
 * whole or not at all.
 */
const COLLECT_BYTES = 16 * 1024

/** What the body reports to the forwarding. */
export interface BodySink {
  /** A small body is complete, or there is none: `whole` may be sent with the headers. */
  onWhole(): void
  /** More of the body arrived. */
  onProgress(): void
}

/**
 * Owns the request's body on its way upstream. A small one is collected, so that it goes in one
 * write and a client that disconnects early has sent the upstream nothing. A larger one is streamed
 * as fast as the upstream takes it, and kept for a safe replay while it is within `limit` bytes.
 */
export class RequestBody {
  readonly #request: IncomingMessage
  readonly #limit: number
  readonly #sink: BodySink
  /** Where a streamed body goes. */
  #exchange: Exchange | undefined
  /** All of it so far; undefined once that exceeds the limit, or is no longer needed. */
  #kept: Backlog | undefined
  /** A small body, once it is complete. */
  #whole: Buffer | undefined
  #isListening = false
  #isDiscarded = false
  /** Bytes received so far. */
  bytes = 0
  /** Larger than what is collected, or of unknown length. */
  readonly isStreamed: boolean
  /** All of it has arrived. */
  hasEnded = false
  /** The upstream cannot take more of it at the moment. */
  isUpstreamFull = false

  /** @param contentLength 0 for no body, undefined for a chunked one */
  constructor(
    request: IncomingMessage,
    contentLength: number | undefined,
    limit: number,
    sink: BodySink,
  ) {
    this.#request = request
    this.#limit = limit
    this.#sink = sink
    this.isStreamed = contentLength === undefined || contentLength > Math.min(COLLECT_BYTES, limit)
    this.hasEnded = contentLength === 0
    if (!this.hasEnded) this.#kept = new Backlog()
  }

  /** Whether everything received so far can be replayed. */
  get isKept(): boolean {
    return this.#kept !== undefined || this.bytes === 0
  }

  /** The complete small body; null if there is none. */
  get whole(): Buffer | null {
    return this.#whole ?? null
  }

  /** Reads a small body, then notifies the sink. */
  collect(): void {
    if (this.hasEnded) this.#sink.onWhole()
    else this.#listen()
  }

  /** Sends a streamed body, from its beginning. */
  sendTo(exchange: Exchange): void {
    this.#exchange = exchange
    this.isUpstreamFull = false
    for (const block of this.#kept?.blocks() ?? []) exchange.write(block)
    if (this.hasEnded) exchange.end()
    else {
      this.#listen()
      this.#request.resume()
    }
  }

  /** Stops sending: a retry starts over from the beginning. */
  withhold(): void {
    this.#exchange = undefined
    this.#request.pause()
  }

  /** The upstream can take more. */
  onDrain(): void {
    this.isUpstreamFull = false
    if (!this.#isDiscarded) this.#request.resume()
  }

  /** Discards what still arrives: the response has already been decided. */
  discard(): void {
    this.#isDiscarded = true
    this.#exchange = undefined
    this.#kept = undefined
    if (!this.hasEnded) this.#request.removeAllListeners('data').resume()
  }

  #listen(): void {
    if (this.#isListening) return
    this.#isListening = true
    this.#request.on('data', (chunk: Buffer) => {
      this.#onData(chunk)
    })
    this.#request.on('end', () => {
      this.#onEnd()
    })
  }

  #onData(chunk: Buffer): void {
    this.bytes += chunk.length
    if (this.bytes <= this.#limit) this.#kept?.append(chunk)
    else this.#kept = undefined
    this.#sink.onProgress()
    if (this.#exchange !== undefined && !this.#exchange.write(chunk)) {
      this.isUpstreamFull = true
      this.#request.pause()
    }
  }

  #onEnd(): void {
    this.hasEnded = true
    if (!this.isStreamed) {
      this.#whole = this.#kept?.takeAll()
      this.#sink.onWhole()
    } else if (!this.#isDiscarded) {
      this.#sink.onProgress()
      this.#exchange?.end()
    }
  }
}
