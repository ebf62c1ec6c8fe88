import { EventEmitter, once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { Duplex } from 'node:stream'
import { codeOf } from '../../../src/errors.js'
import {
  type Exchange,
  type ExchangeHandler,
  type FlatHeaders,
  type RequestHead,
  UpstreamError,
  type UpstreamErrorCode,
} from '../../../src/upstream/exchange.js'

/**
 * Owns one stream of `node:http2`. Its listeners are shared functions that find the exchange on
 * the stream, so that a request makes no closures.
 */
const kExchange = Symbol('exchange')
type Stream = ClientHttp2Stream & { [kExchange]: NodeExchange }

/** What a stream needs of its connection. */
export interface StreamOwner {
  /** `:authority` of every request. */
  readonly authority: string
  /** From GOAWAY: streams above it were not processed. Infinity before. */
  readonly lastStreamId: number
}

/**
 * Destroying a stream with Node's own AbortError is the only way to send RST_STREAM with CANCEL
 * that does not send END_STREAM first, which would make a cut upload look whole.
 */
const abortError: unknown = await once(new EventEmitter(), 'never', {
  signal: AbortSignal.abort(),
}).catch((error: unknown) => error)

export class NodeExchange implements Exchange {
  readonly #connection: StreamOwner
  readonly #stream: Stream
  readonly #handler: ExchangeHandler
  #answered = false
  /** END_STREAM came from the peer, rather than an end that Node made up for a reset. */
  #remoteEnded = false
  #trailers: FlatHeaders = []
  #over = false

  constructor(
    connection: StreamOwner,
    session: ClientHttp2Session,
    request: RequestHead,
    handler: ExchangeHandler,
  ) {
    this.#connection = connection
    this.#handler = handler
    const { body } = request
    const stream = session.request(toHeaders(request, connection.authority), {
      endStream: body === null,
    }) as Stream
    this.#stream = stream
    stream[kExchange] = this
    stream.push = pushAndNote
    stream.on('response', onResponse)
    stream.on('trailers', onTrailers)
    stream.on('error', onError)
    stream.on('close', onClose)
    if (body === undefined) stream.on('drain', onDrain).on('end', onEnd)
    else if (body !== null) stream.end(body)
  }

  write(chunk: Buffer): boolean {
    if (this.#over || this.#stream.destroyed || this.#stream.writableEnded) return true
    return this.#stream.write(chunk)
  }

  end(): void {
    if (!this.#over && !this.#stream.destroyed) this.#stream.end()
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  cancel(): void {
    if (this.#over) return
    this.#over = true
    this.#stream.destroy(abortError as Error)
  }

  onResponse(status: number, fields: FlatHeaders): void {
    if (this.#over) return
    this.#answered = true
    this.#handler.onHeaders(status, fields)
    // Not before: Node tells of the response one tick late, and of data that came with it at once.
    this.#stream.on('data', onData)
  }

  onData(chunk: Buffer): void {
    if (!this.#over) this.#handler.onData(chunk)
  }

  onDrain(): void {
    if (!this.#over) this.#handler.onDrain()
  }

  onTrailers(fields: FlatHeaders): void {
    this.#trailers = fields
  }

  onRemoteEnd(): void {
    this.#remoteEnded = true
  }

  /**
   * The answer is over, and the upload may not be (RFC 9113 §8.1): the stream then stays open on
   * our side. What the client has not sent by now nobody waits for.
   */
  onEarlyEnd(): void {
    const { writableEnded, rstCode } = this.#stream
    if (this.#over || writableEnded || !this.#answered || !this.#remoteEnded || rstCode) return
    const trailers = this.#trailers
    this.cancel()
    this.#handler.onEnd(trailers)
  }

  /** The stream is gone: END_STREAM came and all of it was read, or it is a failure. */
  onClose(error: unknown): void {
    if (this.#over) return
    this.#over = true
    const { rstCode, readableEnded } = this.#stream
    if (
      this.#answered &&
      this.#remoteEnded &&
      readableEnded &&
      rstCode === constants.NGHTTP2_NO_ERROR
    ) {
      this.#handler.onEnd(this.#trailers)
      return
    }
    const id = this.#stream.id ?? 0
    const goneAway = id > this.#connection.lastStreamId
    const refused = rstCode === constants.NGHTTP2_REFUSED_STREAM && !this.#answered
    const unprocessed = goneAway ? 'goaway' : refused ? 'refused' : undefined
    const reason = codeOf(error) ?? 'ERR_HTTP2_STREAM'
    this.#handler.onError(
      new UpstreamError(failureOf(rstCode, reason), `${reason} ${rstCode}`, {
        unprocessed,
        cause: error,
      }),
    )
  }
}

/** Reset codes that say the peer, or nghttp2 for us, found the bytes wrong. */
const PROTOCOL_CODES = new Set<number>([
  constants.NGHTTP2_PROTOCOL_ERROR,
  constants.NGHTTP2_FLOW_CONTROL_ERROR,
  constants.NGHTTP2_FRAME_SIZE_ERROR,
  constants.NGHTTP2_COMPRESSION_ERROR,
])

function failureOf(rstCode: number | undefined, reason: string): UpstreamErrorCode {
  if (reason === 'ERR_HTTP2_ERROR') return 'UPSTREAM_PROTOCOL'
  return PROTOCOL_CODES.has(rstCode ?? 0) ? 'UPSTREAM_PROTOCOL' : 'UPSTREAM_RESET'
}

/**
 * Node pushes `null` when END_STREAM comes, and also when RST_STREAM does; only in the second case
 * the stream is closed already.
 */
function pushAndNote(this: ClientHttp2Stream, chunk: unknown, encoding?: BufferEncoding): boolean {
  if (chunk === null && !this.closed && !this.destroyed) (this as Stream)[kExchange].onRemoteEnd()
  return Duplex.prototype.push.call(this, chunk, encoding)
}

function onResponse(
  this: Stream,
  headers: { ':status'?: number },
  flags: number,
  raw: string[],
): void {
  if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) this[kExchange].onRemoteEnd()
  this[kExchange].onResponse(headers[':status'] ?? 0, raw)
}

function onData(this: Stream, chunk: Buffer): void {
  this[kExchange].onData(chunk)
}

function onTrailers(this: Stream, _headers: unknown, _flags: number, raw: string[]): void {
  this[kExchange].onTrailers(raw)
}

function onDrain(this: Stream): void {
  this[kExchange].onDrain()
}

function onEnd(this: Stream): void {
  // Trailers are told after the end.
  setImmediate(endEarly, this[kExchange])
}

function endEarly(exchange: NodeExchange): void {
  exchange.onEarlyEnd()
}

function onError(this: Stream): void {
  // Told by `close`, which follows; without this listener it would end the process.
}

function onClose(this: Stream): void {
  const exchange = this[kExchange]
  const error = this.errored
  if (this.rstCode === 0 && error === null) exchange.onClose(null)
  // GOAWAY and the streams it ends come in either order: let all of it arrive first.
  else setImmediate(closeLater, exchange, error)
}

function closeLater(exchange: NodeExchange, error: unknown): void {
  exchange.onClose(error)
}

/**
 * As Node wants them: one property a name. Node refuses to repeat some names; what a client
 * repeated is joined as RFC 9110 §5.3 allows.
 */
function toHeaders(request: RequestHead, authority: string): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = Object.create(null) as OutgoingHttpHeaders
  fields[':method'] = request.method
  fields[':scheme'] = 'https'
  fields[':authority'] = authority
  fields[':path'] = request.path
  const { headers } = request
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    const value = headers[i + 1] as string
    const before = fields[name]
    fields[name] =
      before === undefined ? value : `${before as string}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  return fields
}
