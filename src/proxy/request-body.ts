import type { IncomingMessage } from 'node:http'

/** A body announced to be at most this long (one DATA frame) is sent whole or not at all. */
const COLLECT_BYTES = 16 * 1024

/** What the body tells the forwarding. */
export interface BodySink {
  /** All of a small body is there, or there is none: `whole` may go with the head. */
  onWhole(whole: Buffer | null): void
  /** A part of a body that is streamed. */
  onPart(chunk: Buffer): void
  onPartsEnd(): void
}

/**
 * Owns the request's body on its way up. A small one is collected, so that it goes in one write
 * and a client that breaks off has sent the upstream nothing; a larger one is streamed, and its
 * beginning kept up to `limit` bytes for a replay that is safe.
 */
export class RequestBody {
  readonly #request: IncomingMessage
  readonly #limit: number
  readonly #sink: BodySink
  #parts: Buffer[] | undefined = []
  #bytes = 0
  /** Announced to be larger than what is collected, or of unknown length. */
  readonly isStreamed: boolean
  /** All of it has arrived. */
  ended = false

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
    this.isStreamed = contentLength === undefined || contentLength > COLLECT_BYTES
    this.ended = contentLength === 0
  }

  /** Whether all that arrived so far can be sent again. */
  get isKept(): boolean {
    return this.#parts !== undefined && this.#bytes <= this.#limit
  }

  /** What arrived so far; only if `isKept`. */
  get parts(): readonly Buffer[] {
    return this.#parts ?? []
  }

  /** The whole small body, once more. */
  get whole(): Buffer | null {
    const [first] = this.parts
    if (first === undefined) return null
    return this.parts.length === 1 ? first : Buffer.concat(this.parts)
  }

  /** Reads a small body, then tells the sink; a streamed one waits for `flow`. */
  collect(): void {
    if (this.ended) {
      this.#sink.onWhole(null)
      return
    }
    this.#request.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length
      this.#parts?.push(chunk)
    })
    this.#request.on('end', () => {
      this.ended = true
      this.#sink.onWhole(this.whole)
    })
  }

  /** Starts the streaming, or goes on with it. */
  flow(): void {
    if (this.#request.listenerCount('data') === 0) {
      this.#request.on('data', (chunk: Buffer) => {
        this.#keep(chunk)
        this.#sink.onPart(chunk)
      })
      this.#request.on('end', () => {
        this.ended = true
        this.#sink.onPartsEnd()
      })
    }
    this.#request.resume()
  }

  pause(): void {
    this.#request.pause()
  }

  /** Lets what still arrives run into the void: the answer is there already. */
  discard(): void {
    this.#parts = undefined
    if (!this.ended) this.#request.removeAllListeners('data').resume()
  }

  #keep(chunk: Buffer): void {
    if (this.#parts === undefined) return
    this.#bytes += chunk.length
    if (this.#bytes <= this.#limit) this.#parts.push(chunk)
    else this.#parts = undefined
  }
}
