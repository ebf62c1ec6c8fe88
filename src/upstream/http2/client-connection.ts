import type { ExchangeHandler, RequestHead, UpstreamErrorCode } from '../exchange.js'
import { LEAST_CONNECTION_WINDOW } from './connection-window.js'
import { ConnectionError } from './error-codes.js'
import { FrameReader } from './frame-reader.js'
import { FrameWriter } from './frame-writer.js'
import { DEFAULT_WINDOW, MAX_31_BIT } from './frames.js'
import { Glitches, TOO_MUCH } from './glitches.js'
import { HpackEncoder } from './hpack-encoder.js'
import { Inbound, type InboundHost, MAX_HEADER_LIST } from './inbound.js'
import { PeerSettings } from './peer-settings.js'
import { FIRST_STREAM_WINDOW } from './receive-window.js'
import { writeRequestBlock } from './request-block.js'
import { RoundTrip } from './round-trip.js'
import { SpareWindow } from './spare-window.js'
import { Stream, type StreamHost } from './stream.js'
import { Streams } from './streams.js'
import { Uploads } from './uploads.js'

/** What the connection asks of its transport, and reports to the pool. */
export interface ClientEvents {
  /** Frames are waiting: call `takeOutput` at the end of this turn of the event loop. */
  onOutput(): void
  /** The server's first SETTINGS arrived: streams may be opened. */
  onReady(): void
  /** A stream ended, or the server allows more of them. */
  onRoom(): void
  /** No more streams may be opened: GOAWAY arrived, or the ids ran out. */
  onDraining(): void
  /** The server acknowledged a PING. */
  onPong(): void
  /** It responded to PINGs with GOAWAY and ENHANCE_YOUR_CALM: they are too frequent for it. */
  onCalmWanted(): void
  /** All is said: close after sending what is waiting. `reason` is for the log. */
  onFinished(reason: string): void
}

export interface ClientOptions {
  /** `:authority` of every request. */
  readonly authority: string
  readonly events: ClientEvents
  /** The highest stream id that may be used; lowered in tests. */
  readonly maxStreamId?: number | undefined
  /** Shared with other connections; default: one of its own. */
  readonly spare?: SpareWindow | undefined
}

/**
 * Owns one HTTP/2 connection as its client (RFC 9113): bytes arrive through `receive` and leave
 * through `takeOutput`; there is no other I/O. It knows which requests have not been sent, and how
 * each exchange ended. `Inbound` handles what the server sends, each `Stream` its own state.
 */
export class ClientConnection implements InboundHost, StreamHost {
  readonly frames = new FrameWriter()
  readonly glitches = new Glitches()
  readonly uploads = new Uploads(this.frames, this.glitches)
  readonly streams: Streams<Stream>
  readonly roundTrip = new RoundTrip()
  readonly spare: SpareWindow
  /** Reads from the socket so far, the current one included. */
  reads = 0
  /** No more streams are opened. */
  isDraining = false
  readonly #authority: string
  readonly #events: ClientEvents
  readonly #reader = new FrameReader(new Inbound(this))
  readonly #encoder = new HpackEncoder()
  readonly #peer = new PeerSettings()
  /** PINGs not acknowledged yet, and whether any were ever sent. */
  #pings = 0
  #wasPinged = false
  #isReady = false
  #isAwake = false
  #isFinished = false

  constructor({ authority, events, maxStreamId, spare = new SpareWindow() }: ClientOptions) {
    this.spare = spare
    this.#authority = authority
    this.#events = events
    this.streams = new Streams(maxStreamId ?? MAX_31_BIT)
    this.frames.preface()
    this.frames.settings({
      ENABLE_PUSH: 0,
      INITIAL_WINDOW_SIZE: FIRST_STREAM_WINDOW,
      MAX_HEADER_LIST_SIZE: MAX_HEADER_LIST,
    })
    this.roundTrip.ask()
    this.frames.windowUpdate(0, LEAST_CONNECTION_WINDOW - DEFAULT_WINDOW)
  }

  /** Whether another stream may be opened now. */
  get hasRoom(): boolean {
    return this.#isReady && !this.isDraining && this.streams.size < this.#peer.maxConcurrentStreams
  }

  /** Begins a request; only if `hasRoom`. */
  start(request: RequestHead, handler: ExchangeHandler): void {
    const id = this.streams.takeId()
    const { maxFrame, initialWindow } = this.#peer
    writeRequestBlock(this.frames, this.#encoder, id, request, this.#authority, maxFrame)
    const stream = new Stream(this, id, handler, initialWindow, request)
    this.streams.add(stream)
    stream.open(request.body)
    this.wake()
    if (!this.streams.hasIds) this.drain()
    handler.onOpen(stream)
  }

  /** Takes no more streams; finishes when those in progress are done. */
  drain(): void {
    if (this.isDraining) return
    this.isDraining = true
    this.#events.onDraining()
    this.#finishIfDone()
  }

  /** Checks that the server is alive; `onPong` follows. */
  ping(): void {
    this.#pings++
    this.#wasPinged = true
    this.roundTrip.ask()
    this.frames.ping()
    this.wake()
  }

  // Bytes

  /** Bytes to send, in order. What is never taken is never sent. */
  takeOutput(): Buffer[] {
    this.#isAwake = false
    this.streams.noteTaken()
    return this.frames.take()
  }

  /** What was taken has been written: uploads may continue. */
  onSent(): void {
    this.uploads.drain()
  }

  receive(chunk: Buffer): void {
    if (this.#isFinished) return
    this.reads++
    try {
      this.#reader.read(chunk)
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error
      this.#break(error)
    }
    this.uploads.proceed()
  }

  /** No more bytes can be received or sent. */
  lose(reason: string): void {
    this.isDraining = true
    this.#isFinished = true
    this.#loseAll('UPSTREAM_RESET', reason)
  }

  /** The server broke a rule that the whole connection depends on. */
  #break({ code, message }: ConnectionError): void {
    const reason = `${code}: ${message}`
    // What has not been sent must not be: it is retried elsewhere.
    this.frames.take()
    this.frames.goaway(code)
    this.#finish(reason)
    this.#loseAll('UPSTREAM_PROTOCOL', reason, code === 'ENHANCE_YOUR_CALM' ? TOO_MUCH : undefined)
  }

  #loseAll(code: UpstreamErrorCode, reason: string, detail?: string): void {
    for (const stream of this.streams.all()) {
      stream.lose(this.streams.hasLeft(stream) ? 'lost' : 'unsent', code, reason, detail)
    }
  }

  #finishIfDone(): void {
    if (!this.isDraining || this.#isFinished || this.streams.size > 0) return
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

  wake(): void {
    if (this.#isAwake) return
    this.#isAwake = true
    this.#events.onOutput()
  }

  onClosed(stream: Stream): void {
    this.streams.delete(stream)
    // Frames in flight to a stream we gave up are not the server's fault.
    if (stream.state === 'complete' || stream.state === 'cancelled') this.glitches.forgive()
    if (this.isDraining) this.#finishIfDone()
    else this.#events.onRoom()
  }

  // What the server says about the connection

  applySettings(bytes: Buffer, start: number, end: number): void {
    const peer = this.#peer
    const before = peer.initialWindow
    peer.update(bytes, start, end)
    this.#encoder.setTableLimit(peer.leastHeaderTableBytes)
    this.#encoder.setTableLimit(peer.headerTableBytes)
    this.#moveWindows(peer.initialWindow - before)
    this.frames.settingsAck()
    this.wake()
    if (!this.#isReady) {
      this.#isReady = true
      this.#events.onReady()
      return
    }
    this.glitches.note()
    if (!this.isDraining) this.#events.onRoom()
  }

  /** Moves the windows of open streams like the initial one (RFC 9113 §6.9.2). */
  #moveWindows(bytes: number): void {
    for (const stream of this.streams.all()) {
      if (stream.moveWindow(bytes)) continue
      throw new ConnectionError('FLOW_CONTROL_ERROR', 'initial window too large for a stream')
    }
  }

  onPong(): boolean {
    if (this.#pings === 0) return false
    this.#pings--
    this.#events.onPong()
    return true
  }

  onGoaway(lastStreamId: number, reason: string, wantsCalm: boolean): void {
    this.streams.noteLastProcessed(lastStreamId)
    if (wantsCalm && this.#wasPinged) this.#events.onCalmWanted()
    this.drain()
    for (const stream of this.streams.all()) {
      if (!this.streams.isProcessed(stream)) stream.lose('disowned', 'UPSTREAM_RESET', reason)
    }
  }
}
