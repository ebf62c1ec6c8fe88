import {
  type Exchange,
  type ExchangeHandler,
  type FlatHeaders,
  type RequestHead,
  type Unprocessed,
  UpstreamError,
  type UpstreamErrorCode,
} from '../exchange.js'
import { type ErrorName, errorName } from './error-codes.js'
import { IncomingResponse, type Violation } from './incoming-response.js'
import { ReceiveWindow, type WindowGrowth } from './receive-window.js'
import { withOneContentLength } from './response-fields.js'
import { SendWindow } from './send-window.js'
import {
  afterReceivingEnd,
  afterSendingEnd,
  type Closed,
  isClosed,
  type StreamState,
} from './stream-state.js'
import { Upload, type UploadHost, type UploadSink } from './upload.js'

const NO_FIELDS: FlatHeaders = []
/** What padding may add to a frame, its length included (RFC 9113 §6.1). */
const MOST_PADDING = 256

/** Reset codes by which the peer says that our bytes, or its own, were wrong. */
const PROTOCOL_ERRORS: ReadonlySet<string> = new Set<ErrorName>([
  'PROTOCOL_ERROR',
  'FLOW_CONTROL_ERROR',
  'FRAME_SIZE_ERROR',
  'COMPRESSION_ERROR',
])

/** Closed states in which the request was not processed. */
const UNPROCESSED: Readonly<Partial<Record<Closed, Unprocessed>>> = {
  refused: 'refused',
  disowned: 'goaway',
  unsent: 'connect',
}

const TOO_MUCH: Violation = { code: 'FLOW_CONTROL_ERROR', reason: 'more than the window' }
const OPENED_BY_NOTHING: Violation = { code: 'PROTOCOL_ERROR', reason: 'window opened by nothing' }
const TOO_WIDE: Violation = { code: 'FLOW_CONTROL_ERROR', reason: 'window too large' }

/** What a stream needs from its connection. */
export interface StreamHost extends UploadHost, WindowGrowth {
  /** The number of the current, or latest, read from the socket. */
  readonly reads: number
  /** The stream is closed; its state says by whom. */
  onClosed(stream: Stream): void
}

/** Owns one stream (RFC 9113 §5): a request's body on its way upstream, and its response. */
export class Stream implements Exchange, UploadSink {
  readonly id: number
  readonly #host: StreamHost
  readonly #handler: ExchangeHandler
  #state: StreamState = 'idle'
  readonly #sendWindow: SendWindow
  /** Undefined if the request has no body. */
  readonly #upload: Upload | undefined
  readonly #receiveWindow: ReceiveWindow
  readonly #response: IncomingResponse

  /** @param sendWindow the peer's initial window, in bytes */
  constructor(
    host: StreamHost,
    id: number,
    handler: ExchangeHandler,
    sendWindow: number,
    { method, body }: RequestHead,
  ) {
    this.#host = host
    this.id = id
    this.#handler = handler
    this.#sendWindow = new SendWindow(sendWindow)
    this.#receiveWindow = new ReceiveWindow(host)
    this.#response = new IncomingResponse(method === 'HEAD')
    this.#upload = body === null ? undefined : new Upload(host, this, this.#sendWindow)
  }

  get state(): StreamState {
    return this.#state
  }

  // The request, upstream

  /** HEADERS were written; a complete body follows at once. */
  open(body: Buffer | null | undefined): void {
    this.#state = body === null ? 'half-closed (local)' : 'open'
    if (body) this.#upload?.end(body)
  }

  write(chunk: Buffer): boolean {
    if (this.#upload === undefined || isClosed(this.#state)) return true
    return this.#upload.write(chunk)
  }

  end(): void {
    if (!isClosed(this.#state)) this.#upload?.end()
  }

  onEndSent(): void {
    this.#state = afterSendingEnd(this.#state)
  }

  onDrain(): void {
    this.#handler.onDrain()
  }

  /** SETTINGS moved the window; false if that makes it invalid. */
  moveWindow(bytes: number): boolean {
    const isValid = this.#sendWindow.open(bytes)
    this.#upload?.onWindow()
    return isValid
  }

  onWindowUpdate(increment: number): void {
    if (increment === 0) this.fail(OPENED_BY_NOTHING)
    else if (!this.moveWindow(increment)) this.fail(TOO_WIDE)
  }

  // The response, downstream

  /** A complete header block arrived: interim, final or trailers. */
  onFields(fields: FlatHeaders, endStream: boolean): void {
    const response = this.#response
    if (response.hasBegun) {
      const violation = response.receiveTrailers(fields, endStream)
      if (violation === undefined) this.#end(fields)
      else this.fail(violation)
      return
    }
    const kind = response.receiveHeader(fields, endStream)
    if (kind === 'interim') return
    if (kind !== 'final') {
      this.fail(kind)
      return
    }
    this.#handler.onHeaders(response.status, withOneContentLength(fields))
    if (endStream && !isClosed(this.#state)) this.#end(NO_FIELDS)
  }

  /** @param flowLength what the frame takes from the window, padding included */
  onDataFrame(flowLength: number): void {
    const isWithin = this.#receiveWindow.receive(flowLength)
    const violation = this.#response.receiveFrame() ?? (isWithin ? undefined : TOO_MUCH)
    if (violation !== undefined) this.fail(violation)
  }

  onData(part: Buffer): void {
    if (isClosed(this.#state)) return
    const violation = this.#response.receiveContent(part.length)
    if (violation === undefined) this.#handler.onData(part)
    else this.fail(violation)
  }

  onDataFrameEnd(endStream: boolean): void {
    if (isClosed(this.#state)) return
    if (endStream) this.#end(NO_FIELDS)
    else this.#credit()
  }

  onReset(code: number): void {
    const name = errorName(code)
    this.#close(name === 'REFUSED_STREAM' && !this.#response.hasBegun ? 'refused' : 'reset')
    this.#tell(PROTOCOL_ERRORS.has(name) ? 'UPSTREAM_PROTOCOL' : 'UPSTREAM_RESET', `reset: ${name}`)
  }

  pause(): void {
    this.#receiveWindow.pause(this.#host.reads)
  }

  resume(): void {
    this.#receiveWindow.resume(this.#host.reads)
    if (!isClosed(this.#state)) this.#credit()
  }

  /**
   * Returns credit to the peer, unless the rest of the content fits into the window with room to
   * spare: for padding, and because nghttp2 sends even an empty DATA frame with END_STREAM only while
   * the window is open.
   */
  #credit(): void {
    if (this.#response.contentLeft + MOST_PADDING < this.#receiveWindow.left) return
    const increment = this.#receiveWindow.credit()
    if (increment === 0) return
    this.#host.frames.windowUpdate(this.id, increment)
    this.#host.wake()
  }

  // The end

  cancel(): void {
    if (isClosed(this.#state)) return
    this.#sendReset('CANCEL')
    this.#close('cancelled')
  }

  /** A stream error (RFC 9113 §5.4.2). */
  fail({ code, reason, detail }: Violation): void {
    this.#sendReset(code)
    this.#close('violated')
    this.#tell('UPSTREAM_PROTOCOL', reason, detail)
  }

  /** The connection is over, or GOAWAY says that it will not respond to this stream. */
  lose(
    state: 'disowned' | 'lost' | 'unsent',
    code: UpstreamErrorCode,
    reason: string,
    detail?: string,
  ): void {
    if (isClosed(this.#state)) return
    this.#close(state)
    this.#tell(code, reason, detail)
  }

  #end(trailers: FlatHeaders): void {
    const violation = this.#response.receiveEnd()
    if (violation !== undefined) {
      this.fail(violation)
      return
    }
    this.#state = afterReceivingEnd(this.#state)
    if (this.#state === 'half-closed (remote)') this.#sendReset('CANCEL')
    this.#close('complete')
    this.#handler.onEnd(trailers)
  }

  #sendReset(code: ErrorName): void {
    this.#host.frames.reset(this.id, code)
    this.#host.wake()
  }

  #close(state: Closed): void {
    this.#state = state
    this.#upload?.drop()
    this.#receiveWindow.close()
    this.#host.onClosed(this)
  }

  #tell(code: UpstreamErrorCode, reason: string, detail?: string): void {
    const unprocessed = UNPROCESSED[this.#state as Closed]
    this.#handler.onError(new UpstreamError(code, reason, { unprocessed, detail }))
  }
}
