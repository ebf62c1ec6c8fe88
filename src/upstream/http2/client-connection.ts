import { Roster } from '../../roster.js'
import type { ExchangeHandler, RequestHead, UpstreamErrorCode } from '../exchange.js'
import { ConnectionError, type ErrorName, errorName } from './error-codes.js'
import { FrameReader, type FrameSink } from './frame-reader.js'
import { FrameWriter } from './frame-writer.js'
import { DEFAULT_WINDOW, MAX_31_BIT } from './frames.js'
import { HpackDecoder } from './hpack-decoder.js'
import { HpackEncoder } from './hpack-encoder.js'
import { PeerSettings } from './peer-settings.js'
import { writeRequestBlock } from './request-block.js'
import { Stream, STREAM_WINDOW, type StreamHost } from './stream.js'

/** What the server may send on all streams together; it is let again as it comes. */
const CONNECTION_WINDOW = 16 * 1024 * 1024
/** Response header lists over this are refused, in bytes as RFC 9113 §6.5.2 counts them. */
const MAX_HEADER_LIST = 64 * 1024
/** Above this uploads wait until what is queued is on its way, in bytes. */
const CONGESTED_BYTES = 128 * 1024
/** Frames that cost us something and bring nothing, between two PINGs of ours, */
const MAX_GLITCHES = 10_000
/** so many of which each answer makes good. */
const FORGIVEN_GLITCHES = 1_000

/** What the connection asks of who carries its bytes, and tells the pool. */
export interface ClientEvents {
  /** Frames wait: `takeOutput` is to be called, once this turn of the event loop is over. */
  onOutput(): void
  /** The server's first SETTINGS came: streams may be opened. */
  onReady(): void
  /** A stream ended, or the server allows more of them. */
  onRoom(): void
  /** No more streams may be opened: GOAWAY came, or the ids ran out. */
  onDraining(): void
  /** The server answered a PING. */
  onPong(): void
  /** All is said: the bytes are to end after what waits. `reason` is for the log. */
  onFinished(reason: string): void
}

export interface ClientOptions {
  /** `:authority` of every request. */
  readonly authority: string
  readonly events: ClientEvents
  /** The last id that may be used; lowered in tests. */
  readonly maxStreamId?: number | undefined
}

/**
 * Owns one HTTP/2 connection as its client (RFC 9113): bytes come in with `receive`, bytes go out
 * with `takeOutput`, and there is no other I/O. It knows which requests have not left, and how each
 * answer ended.
 */
export class ClientConnection implements FrameSink, StreamHost {
  readonly frames = new FrameWriter()
  sendWindow = DEFAULT_WINDOW
  readonly #authority: string
  readonly #events: ClientEvents
  readonly #maxStreamId: number
  readonly #reader = new FrameReader(this)
  readonly #decoder = new HpackDecoder(MAX_HEADER_LIST)
  readonly #encoder = new HpackEncoder()
  readonly #peer = new PeerSettings()
  readonly #streams = new Map<number, Stream>()
  /** Streams that a window stops, and streams whose handler waits for room. */
  readonly #blocked = new Roster<Stream, 'blockedPlace'>('blockedPlace')
  readonly #waiting = new Roster<Stream, 'waitingPlace'>('waitingPlace')

  #nextStreamId = 1
  /** Streams up to this one have left, or are about to. */
  #lastTakenId = -1
  /** From GOAWAY: streams above it are not processed. */
  #lastProcessedId = MAX_31_BIT
  #receiveWindow = CONNECTION_WINDOW
  #received = 0
  #glitches = 0
  #isReady = false
  #isAwake = false
  #isDraining = false
  #isFinished = false
  /** Of the DATA frame that is being read; undefined if it is of none that is open. */
  #dataStream: Stream | undefined
  #hasContent = false

  constructor({ authority, events, maxStreamId = MAX_31_BIT }: ClientOptions) {
    this.#authority = authority
    this.#events = events
    this.#maxStreamId = maxStreamId
    this.frames.preface()
    this.frames.settings({
      ENABLE_PUSH: 0,
      INITIAL_WINDOW_SIZE: STREAM_WINDOW,
      MAX_HEADER_LIST_SIZE: MAX_HEADER_LIST,
    })
    this.frames.windowUpdate(0, CONNECTION_WINDOW - DEFAULT_WINDOW)
  }

  /** Streams in progress. */
  get streams(): number {
    return this.#streams.size
  }

  /** Whether one more stream may be opened now. */
  get hasRoom(): boolean {
    return (
      this.#isReady && !this.#isDraining && this.#streams.size < this.#peer.maxConcurrentStreams
    )
  }

  /** Begins a request; only if `hasRoom`. */
  start(request: RequestHead, handler: ExchangeHandler): void {
    const id = this.#nextStreamId
    this.#nextStreamId += 2
    const { body } = request
    const { maxFrame, initialWindow } = this.#peer
    writeRequestBlock(this.frames, this.#encoder, id, request, this.#authority, maxFrame)
    const stream = new Stream(this, id, handler, initialWindow, request)
    this.#streams.set(id, stream)
    if (body) stream.sendWhole(body)
    this.wake()
    if (this.#nextStreamId > this.#maxStreamId) this.drain()
    handler.onOpen(stream)
  }

  /** Takes no more streams; finishes when those in progress are over. */
  drain(): void {
    if (this.#isDraining) return
    this.#isDraining = true
    this.#events.onDraining()
    this.#finishIfDone()
  }

  /** Asks whether the server lives; answered by `onPong`. */
  ping(): void {
    this.#glitches = 0
    this.frames.ping()
    this.wake()
  }

  // Bytes

  /** What is to be sent, in order. What is never taken has never left. */
  takeOutput(): Buffer[] {
    this.#isAwake = false
    this.#lastTakenId = this.#nextStreamId - 2
    return this.frames.take()
  }

  /** What was taken is on its way: uploads may go on. */
  onSent(): void {
    this.#drainWaiting()
  }

  receive(chunk: Buffer): void {
    if (this.#isFinished) return
    try {
      this.#reader.read(chunk)
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error
      const { code, message } = error
      const reason = `${code}: ${message}`
      // What has not left shall not: it is sent elsewhere.
      this.frames.take()
      this.frames.goaway(code)
      this.#finish(reason)
      this.#loseAll('UPSTREAM_PROTOCOL', reason)
    }
  }

  /** No more bytes will come, or go. */
  lose(reason: string): void {
    this.#isDraining = true
    this.#isFinished = true
    this.#loseAll('UPSTREAM_RESET', reason)
  }

  #loseAll(code: UpstreamErrorCode, reason: string): void {
    for (const stream of this.#streams.values()) {
      stream.lose(code, reason, stream.id > this.#lastTakenId ? 'connect' : undefined)
    }
  }

  #finishIfDone(): void {
    if (!this.#isDraining || this.#isFinished || this.#streams.size > 0) return
    this.frames.goaway('NO_ERROR')
    this.#finish('drained')
  }

  #finish(reason: string): void {
    this.#isFinished = true
    this.drain()
    this.wake()
    this.#events.onFinished(reason)
  }

  // What streams ask for

  get maxFrame(): number {
    return this.#peer.maxFrame
  }

  get isCongested(): boolean {
    return this.frames.pendingBytes > CONGESTED_BYTES
  }

  wake(): void {
    if (this.#isAwake) return
    this.#isAwake = true
    this.#events.onOutput()
  }

  block(stream: Stream): void {
    this.#blocked.add(stream)
  }

  wait(stream: Stream): void {
    this.#waiting.add(stream)
  }

  onClosed(stream: Stream, isAnswered: boolean): void {
    this.#streams.delete(stream.id)
    this.#blocked.delete(stream)
    this.#waiting.delete(stream)
    if (isAnswered) this.#glitches = Math.max(0, this.#glitches - FORGIVEN_GLITCHES)
    if (this.#isDraining) this.#finishIfDone()
    else this.#events.onRoom()
  }

  /** Lets those go on whom a window stopped, in the order in which it did. */
  #pumpBlocked(): void {
    for (const stream of this.#blocked) {
      this.#blocked.delete(stream)
      stream.pump()
    }
    this.#drainWaiting()
  }

  #drainWaiting(): void {
    if (this.#waiting.size === 0) return
    for (const stream of this.#waiting) {
      if (this.isCongested) return
      this.#waiting.delete(stream)
      if (stream.drain()) this.#waiting.add(stream)
    }
  }

  // What came (RFC 9113 §6)

  onDataFrame(streamId: number, flowLength: number): void {
    this.#receiveWindow -= flowLength
    if (this.#receiveWindow < 0) {
      throw new ConnectionError('FLOW_CONTROL_ERROR', 'more than the window of the connection')
    }
    this.#received += flowLength
    if (this.#received >= CONNECTION_WINDOW / 2) {
      this.frames.windowUpdate(0, this.#received)
      this.wake()
      this.#receiveWindow += this.#received
      this.#received = 0
    }
    this.#hasContent = false
    this.#dataStream = this.#streamOf(streamId)
    this.#dataStream?.onDataFrame(flowLength)
  }

  onData(_streamId: number, part: Buffer): void {
    this.#hasContent = true
    this.#dataStream?.onData(part)
  }

  onDataFrameEnd(_streamId: number, endStream: boolean): void {
    if (!this.#hasContent && !endStream) this.#glitch()
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
    // Whatever its stream: the next block is read by the table that this one leaves.
    const fields = this.#decoder.decode(bytes, start, end)
    const stream = this.#streamOf(streamId)
    if (stream === undefined) this.#glitch()
    else if (this.#decoder.isTooLarge) {
      stream.fail('ENHANCE_YOUR_CALM', 'header list too large')
    } else if (!this.#decoder.isWellFormed) stream.fail('PROTOCOL_ERROR', 'malformed field')
    else stream.onFields(fields, endStream)
  }

  onReset(streamId: number, code: number): void {
    const stream = this.#streamOf(streamId)
    if (stream === undefined) this.#glitch()
    else stream.onReset(code)
  }

  onSettings(bytes: Buffer, start: number, end: number): void {
    const before = this.#peer.initialWindow
    this.#peer.update(bytes, start, end)
    this.#encoder.setTableLimit(this.#peer.headerTableBytes)
    const opened = this.#peer.initialWindow - before
    for (const stream of this.#streams.values()) {
      if (!stream.openWindow(opened)) {
        throw new ConnectionError('FLOW_CONTROL_ERROR', 'initial window too large for a stream')
      }
    }
    this.frames.settingsAck()
    this.wake()
    if (!this.#isReady) {
      this.#isReady = true
      this.#events.onReady()
      return
    }
    this.#glitch()
    if (opened > 0) this.#pumpBlocked()
    if (!this.#isDraining) this.#events.onRoom()
  }

  onSettingsAck(): void {
    this.#glitch()
  }

  onPing(bytes: Buffer, start: number): void {
    this.#glitch()
    this.frames.pingAck(bytes, start)
    this.wake()
  }

  onPingAck(): void {
    this.#events.onPong()
  }

  onGoaway(lastStreamId: number, code: number): void {
    // It may be lowered, never raised (RFC 9113 §6.8).
    this.#lastProcessedId = Math.min(lastStreamId, this.#lastProcessedId)
    const reason = `GOAWAY: ${errorName(code)}`
    this.#glitch()
    this.drain()
    for (const stream of this.#streams.values()) {
      if (stream.id > this.#lastProcessedId) stream.lose('UPSTREAM_RESET', reason, 'goaway')
    }
  }

  onWindowUpdate(streamId: number, increment: number): void {
    if (streamId === 0) {
      this.sendWindow += increment
      if (increment === 0) throw new ConnectionError('PROTOCOL_ERROR', 'window opened by nothing')
      if (this.sendWindow > MAX_31_BIT) {
        throw new ConnectionError('FLOW_CONTROL_ERROR', 'window of the connection too large')
      }
      this.#pumpBlocked()
      return
    }
    const stream = this.#streamOf(streamId)
    if (stream === undefined) return
    if (increment === 0) stream.fail('PROTOCOL_ERROR', 'window opened by nothing')
    else if (!stream.openWindow(increment)) stream.fail('FLOW_CONTROL_ERROR', 'window too large')
    else if (this.#blocked.delete(stream)) {
      stream.pump()
      this.#drainWaiting()
    }
  }

  onStreamError(streamId: number, code: ErrorName): void {
    this.#glitch()
    this.#streamOf(streamId)?.fail(code, 'malformed frame')
  }

  onIgnored(): void {
    this.#glitch()
  }

  /**
   * The stream; undefined if it is closed. A frame may come for one that we gave up; for one that
   * had ended, the others need not suffer for it (RFC 9113 §5.1: a connection error is a MAY). On
   * one that was never opened it is an error.
   */
  #streamOf(streamId: number): Stream | undefined {
    const stream = this.#streams.get(streamId)
    if (stream === undefined && (streamId >= this.#nextStreamId || streamId % 2 === 0)) {
      throw new ConnectionError('PROTOCOL_ERROR', 'frame on a stream never opened')
    }
    return stream
  }

  /** Bounds what a server can make us do for nothing. */
  #glitch(): void {
    if (++this.#glitches > MAX_GLITCHES) {
      throw new ConnectionError('ENHANCE_YOUR_CALM', 'too many frames that bring nothing')
    }
  }
}
