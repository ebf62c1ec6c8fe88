import { ConnectionWindow } from './connection-window.js'
import { ConnectionError, ERROR, type ErrorName, errorName } from './error-codes.js'
import type { FrameSink } from './frame-sink.js'
import type { FrameWriter } from './frame-writer.js'
import type { Glitches } from './glitches.js'
import { HpackDecoder } from './hpack-decoder.js'
import type { Violation } from './incoming-response.js'
import type { RoundTrip } from './round-trip.js'
import type { Stream } from './stream.js'
import type { Streams } from './streams.js'
import type { Uploads } from './uploads.js'

/** The largest response header list, in bytes as RFC 9113 §6.5.2 counts them. */
export const MAX_HEADER_LIST = 64 * 1024
/**
 * From this size on, a DATA frame counts as useful: for a closed stream, it was in flight when we
 * closed it; for an open one, it has content, as padding is at most 256 bytes.
 */
const LATE_BYTES = 1024

const MALFORMED_FIELD: Violation = { code: 'PROTOCOL_ERROR', reason: 'malformed field' }
const MALFORMED_FRAME = 'malformed frame'
const TOO_LARGE: Violation = {
  code: 'ENHANCE_YOUR_CALM',
  reason: `header list of more than ${MAX_HEADER_LIST / 1024} KiB`,
  detail:
    `The upstream's response has more than ${MAX_HEADER_LIST / 1024} KiB of header fields, which ` +
    "is this proxy's limit. The request may have been processed.",
}

/** What frames act on, besides streams. */
export interface InboundHost {
  readonly frames: FrameWriter
  readonly streams: Streams<Stream>
  readonly uploads: Uploads
  readonly glitches: Glitches
  readonly roundTrip: RoundTrip
  /** Something is waiting to be sent. */
  wake(): void
  /** SETTINGS arrived, six bytes each. */
  applySettings(bytes: Buffer, start: number, end: number): void
  /** The server acknowledged a PING; false if none was outstanding. */
  onPong(): boolean
  /** `reason` is for the log. */
  onGoaway(lastStreamId: number, reason: string, wantsCalm: boolean): void
}

/** Owns what the server's frames mean (RFC 9113 §6), and which stream they concern. */
export class Inbound implements FrameSink {
  readonly #host: InboundHost
  readonly #decoder = new HpackDecoder(MAX_HEADER_LIST)
  readonly #window: ConnectionWindow
  /** The stream of the DATA frame being read; undefined if that stream is closed. */
  #dataStream: Stream | undefined
  #hasContent = false

  constructor(host: InboundHost) {
    this.#host = host
    this.#window = new ConnectionWindow(host.roundTrip)
  }

  onDataFrame(streamId: number, flowLength: number): void {
    // Credit is returned at once, so that no stream can use up the window.
    const increment = this.#window.receive(flowLength)
    if (increment > 0) {
      this.#host.frames.windowUpdate(0, increment)
      this.#host.wake()
    }
    const stream = this.#host.streams.find(streamId)
    this.#dataStream = stream
    this.#hasContent = flowLength >= LATE_BYTES
    stream?.onDataFrame(flowLength)
  }

  onData(_streamId: number, part: Buffer): void {
    if (this.#dataStream === undefined) return
    this.#hasContent = true
    this.#dataStream.onData(part)
  }

  onDataFrameEnd(_streamId: number, endStream: boolean): void {
    const isOfUse = this.#hasContent || (endStream && this.#dataStream !== undefined)
    if (!isOfUse) this.#host.glitches.note()
    this.#dataStream?.onDataFrameEnd(endStream)
    this.#dataStream = undefined
  }

  onHeaderBlock(
    streamId: number,
    bytes: Buffer,
    start: number,
    end: number,
    endStream: boolean,
  ): void {
    // Whatever its stream: the next block needs the table that this one leaves.
    const fields = this.#decoder.decode(bytes, start, end)
    const stream = this.#host.streams.find(streamId)
    if (stream === undefined) this.#host.glitches.note()
    else if (this.#decoder.isTooLarge) stream.fail(TOO_LARGE)
    else if (!this.#decoder.isWellFormed) stream.fail(MALFORMED_FIELD)
    else stream.onFields(fields, endStream)
  }

  onReset(streamId: number, code: number): void {
    const stream = this.#host.streams.find(streamId)
    if (stream === undefined) this.#host.glitches.note()
    else stream.onReset(code)
  }

  onSettings(bytes: Buffer, start: number, end: number): void {
    this.#host.applySettings(bytes, start, end)
  }

  onSettingsAck(): void {
    this.#host.glitches.note()
    this.#host.roundTrip.acknowledge()
  }

  onPing(bytes: Buffer, start: number): void {
    this.#host.glitches.note()
    this.#host.frames.pingAck(bytes, start)
    this.#host.wake()
  }

  onPingAck(): void {
    this.#host.roundTrip.acknowledge()
    if (!this.#host.onPong()) this.#host.glitches.note()
  }

  onGoaway(lastStreamId: number, code: number): void {
    this.#host.glitches.note()
    const wantsCalm = code === ERROR.ENHANCE_YOUR_CALM
    this.#host.onGoaway(lastStreamId, `GOAWAY: ${errorName(code)}`, wantsCalm)
  }

  onWindowUpdate(streamId: number, increment: number): void {
    this.#host.glitches.noteUpdate()
    if (streamId === 0) this.#openWindow(increment)
    else this.#host.streams.find(streamId)?.onWindowUpdate(increment)
  }

  #openWindow(increment: number): void {
    if (increment === 0) throw new ConnectionError('PROTOCOL_ERROR', 'window opened by nothing')
    if (!this.#host.uploads.window.open(increment)) {
      throw new ConnectionError('FLOW_CONTROL_ERROR', 'window of the connection too large')
    }
  }

  onStreamError(streamId: number, code: ErrorName): void {
    const { streams, glitches } = this.#host
    glitches.note()
    // There is no stream to reset.
    if (streams.isIdle(streamId)) throw new ConnectionError(code, MALFORMED_FRAME)
    streams.find(streamId)?.fail({ code, reason: MALFORMED_FRAME })
  }

  onIgnored(): void {
    this.#host.glitches.note()
  }
}
