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
import type { FrameWriter } from './frame-writer.js'
import { areRegular, contentLengthOf, statusOf } from './response-fields.js'

/** What the server may send on one stream before it must wait for us, in bytes. */
export const STREAM_WINDOW = 1024 * 1024
/** Interim answers (1xx) to one request. */
const MAX_INTERIM = 32

const NO_FIELDS: FlatHeaders = []
const NOTHING = Buffer.alloc(0)

/** Resets by which the peer says that our bytes, or its own, were wrong. */
const PROTOCOL_ERRORS: ReadonlySet<string> = new Set<ErrorName>([
  'PROTOCOL_ERROR',
  'FLOW_CONTROL_ERROR',
  'FRAME_SIZE_ERROR',
  'COMPRESSION_ERROR',
])

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly frames: FrameWriter
  /** What the peer lets us send on all streams together, in bytes; counted down by the streams. */
  sendWindow: number
  /** The peer's. */
  readonly maxFrame: number
  /** More waits to be sent than is good. */
  readonly isCongested: boolean
  /** Something waits to be sent. */
  wake(): void
  /** A window stops the stream: `pump` is to be called when it opens. */
  block(stream: Stream): void
  /** The handler waits for room: `drain` is to be called when there may be some. */
  wait(stream: Stream): void
  /** The stream is closed, by the end of its answer or otherwise. */
  onClosed(stream: Stream, isAnswered: boolean): void
}

/** Owns one stream (RFC 9113 §5): a request's body on its way up, and its answer. */
export class Stream implements Exchange {
  readonly id: number
  readonly #host: StreamHost
  readonly #handler: ExchangeHandler
  /** What the peer lets us send, in bytes; SETTINGS may make it negative. */
  #sendWindow: number
  /** What of the body is not sent yet. */
  #queue: Buffer[] | undefined
  /** Where in the first of the queue that begins. */
  #queueAt = 0
  /** The body's end is known, */
  #isEnding: boolean
  /** and END_STREAM is sent. */
  #isSent: boolean
  /** The final response's header came. */
  #isAnswered = false
  #interims = 0
  readonly #isHead: boolean
  /** Of the content that is announced, what has not come; Infinity if it is not announced. */
  #contentLeft = Infinity
  /** What we let the peer still send, and what of it has come without being let again. */
  #receiveWindow = STREAM_WINDOW
  #received = 0
  #isPaused = false
  isClosed = false
  /** In the rosters of streams that a window stops, and of those whose handler waits for room. */
  blockedPlace = -1
  waitingPlace = -1

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
    this.#sendWindow = sendWindow
    this.#isHead = method === 'HEAD'
    this.#isEnding = body === null
    this.#isSent = body === null
  }

  // The request, upwards

  write(chunk: Buffer): boolean {
    if (this.isClosed || this.#isEnding || chunk.length === 0) return true
    this.#enqueue(chunk)
    if (this.#queue === undefined && !this.#host.isCongested) return true
    this.#host.wait(this)
    return false
  }

  end(): void {
    if (this.isClosed || this.#isEnding) return
    this.#isEnding = true
    if (this.#queue === undefined) this.#send(NOTHING, 0, 0)
  }

  /** The whole body at once. */
  sendWhole(body: Buffer): void {
    this.#isEnding = true
    if (body.length === 0) this.#send(NOTHING, 0, 0)
    else this.#enqueue(body)
  }

  /** Sends as much of the body as the windows allow. */
  pump(): void {
    while (this.#queue !== undefined && !this.isClosed) {
      const chunk = this.#queue[0] as Buffer
      const left = chunk.length - this.#queueAt
      const length = Math.min(left, this.#sendWindow, this.#host.sendWindow, this.#host.maxFrame)
      if (length <= 0) {
        this.#host.block(this)
        return
      }
      const at = this.#queueAt
      this.#queueAt += length
      if (length === left) {
        this.#queueAt = 0
        if (this.#queue.length > 1) this.#queue.shift()
        else this.#queue = undefined
      }
      this.#send(chunk, at, length)
    }
  }

  /** Tells the handler that it may write again, if there is room; gives whether it still waits. */
  drain(): boolean {
    if (this.isClosed) return false
    if (this.#queue !== undefined) return true
    this.#handler.onDrain()
    return false
  }

  #enqueue(chunk: Buffer): void {
    if (this.#queue === undefined) {
      this.#queue = [chunk]
      this.pump()
    } else this.#queue.push(chunk)
  }

  #send(chunk: Buffer, at: number, length: number): void {
    this.#sendWindow -= length
    this.#host.sendWindow -= length
    this.#isSent = this.#isEnding && this.#queue === undefined
    this.#host.frames.data(this.id, chunk, at, length, this.#isSent)
    this.#host.wake()
  }

  /** @returns whether the window is one that may be (RFC 9113 §6.9.1) */
  openWindow(increment: number): boolean {
    this.#sendWindow += increment
    return this.#sendWindow < 2 ** 31
  }

  // The answer, downwards

  /** A whole header block came: interim, final or trailers. */
  onFields(fields: FlatHeaders, endStream: boolean): void {
    if (this.#isAnswered) {
      if (endStream && areRegular(fields, 0)) this.#end(fields)
      else this.fail('PROTOCOL_ERROR', 'malformed trailers')
      return
    }
    const status = statusOf(fields)
    if (status === 0 || (status < 200 && endStream)) {
      this.fail('PROTOCOL_ERROR', 'malformed header')
    } else if (status < 200) {
      if (++this.#interims > MAX_INTERIM) this.fail('ENHANCE_YOUR_CALM', 'interim answers')
    } else this.#onFinal(status, fields, endStream)
  }

  #onFinal(status: number, fields: FlatHeaders, endStream: boolean): void {
    this.#contentLeft = contentLengthOf(fields, status, this.#isHead) ?? Infinity
    if (Number.isNaN(this.#contentLeft)) {
      this.fail('PROTOCOL_ERROR', 'malformed content-length')
      return
    }
    if (endStream && this.#isShort) {
      this.fail('PROTOCOL_ERROR', 'less than content-length')
      return
    }
    this.#isAnswered = true
    this.#handler.onHeaders(status, fields)
    if (endStream && !this.isClosed) this.#end(NO_FIELDS)
  }

  /** @param flowLength what the frame takes from the window, padding included */
  onDataFrame(flowLength: number): void {
    this.#receiveWindow -= flowLength
    this.#received += flowLength
    if (!this.#isAnswered) this.fail('PROTOCOL_ERROR', 'DATA before HEADERS')
    else if (this.#receiveWindow < 0) this.fail('FLOW_CONTROL_ERROR', 'more than the window')
  }

  /** Content was announced that has not come. */
  get #isShort(): boolean {
    return this.#contentLeft > 0 && this.#contentLeft !== Infinity
  }

  onData(part: Buffer): void {
    if (this.isClosed) return
    this.#contentLeft -= part.length
    if (this.#contentLeft < 0) this.fail('PROTOCOL_ERROR', 'more than content-length')
    else this.#handler.onData(part)
  }

  onDataFrameEnd(endStream: boolean): void {
    if (this.isClosed) return
    if (endStream) this.#end(NO_FIELDS)
    else this.#credit()
  }

  /** RST_STREAM came. */
  onReset(code: number): void {
    const name = errorName(code)
    const isRefused = name === 'REFUSED_STREAM' && !this.#isAnswered
    this.#close(false)
    this.#tell(
      PROTOCOL_ERRORS.has(name) ? 'UPSTREAM_PROTOCOL' : 'UPSTREAM_RESET',
      `reset: ${name}`,
      isRefused ? 'refused' : undefined,
    )
  }

  /** What comes is not taken for now: what the window allows still comes, and no more. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    if (!this.isClosed) this.#credit()
  }

  /** Lets the peer send what was taken, once that is worth a frame. */
  #credit(): void {
    if (this.#isPaused || this.#received < STREAM_WINDOW / 2) return
    this.#host.frames.windowUpdate(this.id, this.#received)
    this.#host.wake()
    this.#receiveWindow += this.#received
    this.#received = 0
  }

  // The end

  cancel(): void {
    if (!this.isClosed) this.#reset('CANCEL')
  }

  /** The peer broke a rule that is about this stream alone (RFC 9113 §5.4.2). */
  fail(code: ErrorName, reason: string): void {
    this.#reset(code)
    this.#tell('UPSTREAM_PROTOCOL', reason)
  }

  /** The connection is over, or says that it will not answer this one. */
  lose(code: UpstreamErrorCode, reason: string, unprocessed: Unprocessed | undefined): void {
    this.#close(false)
    this.#tell(code, reason, unprocessed)
  }

  #end(trailers: FlatHeaders): void {
    if (this.#isShort) {
      this.fail('PROTOCOL_ERROR', 'less than content-length')
      return
    }
    // What of the body is not sent by now nobody waits for (RFC 9113 §8.1).
    if (!this.#isSent) this.#sendReset('CANCEL')
    this.#close(true)
    this.#handler.onEnd(trailers)
  }

  #reset(code: ErrorName): void {
    this.#sendReset(code)
    this.#close(false)
  }

  #sendReset(code: ErrorName): void {
    this.#host.frames.reset(this.id, code)
    this.#host.wake()
  }

  #close(isAnswered: boolean): void {
    this.isClosed = true
    this.#queue = undefined
    this.#host.onClosed(this, isAnswered)
  }

  #tell(code: UpstreamErrorCode, reason: string, unprocessed?: Unprocessed): void {
    this.#handler.onError(new UpstreamError(code, reason, { unprocessed }))
  }
}
