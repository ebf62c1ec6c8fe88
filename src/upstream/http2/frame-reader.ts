import { DataFrameReader } from './data-frame-reader.js'
import { ConnectionError } from './error-codes.js'
import type { FrameSink } from './frame-sink.js'
import { DEFAULT_MAX_FRAME, FLAG, FRAME, FRAME_HEADER_BYTES } from './frames.js'
import { HeaderBlock } from './header-block.js'

/**
 * Owns splitting bytes into frames (RFC 9113 §4 and §6), chunk by chunk as they arrive, without
 * copying what a frame carries. It checks what a single frame shows; an invalid one throws the
 * `ConnectionError` that the RFC names.
 */
export class FrameReader {
  readonly #sink: FrameSink
  /** The first frame must be SETTINGS (RFC 9113 §3.4). */
  #isFirst = true
  /** The beginning of a frame that is incomplete; of a DATA frame at most its header. */
  #partial: Buffer | undefined
  #partialBytes = 0

  readonly #data: DataFrameReader
  /** The header block that continues in CONTINUATIONs. */
  #block: HeaderBlock | undefined

  constructor(sink: FrameSink) {
    this.#sink = sink
    this.#data = new DataFrameReader(sink)
  }

  /** @throws {ConnectionError}, after which nothing more may be read */
  read(chunk: Buffer): void {
    let at = 0
    if (this.#data.isOpen) at = this.#data.read(chunk, 0)
    if (this.#partial !== undefined) at = this.#complete(chunk, at)
    while (at < chunk.length) {
      const left = chunk.length - at
      if (left < FRAME_HEADER_BYTES) {
        this.#keep(chunk, at, FRAME_HEADER_BYTES)
        return
      }
      const length = lengthOf(chunk, at)
      if (chunk[at + 3] === FRAME.DATA) at = this.#beginData(chunk, at, length)
      else if (left < FRAME_HEADER_BYTES + length) {
        this.#keep(chunk, at, FRAME_HEADER_BYTES + length)
        return
      } else {
        this.#readFrame(chunk, at, length)
        at += FRAME_HEADER_BYTES + length
      }
    }
  }

  /** Keeps the beginning of a frame until `bytes` of it have arrived. */
  #keep(chunk: Buffer, at: number, bytes: number): void {
    this.#partial = Buffer.allocUnsafe(bytes)
    this.#partialBytes = chunk.copy(this.#partial, 0, at)
  }

  /** Continues the frame that was kept; returns where the chunk continues. */
  #complete(chunk: Buffer, at: number): number {
    const partial = this.#partial as Buffer
    const taken = chunk.copy(partial, this.#partialBytes, at)
    this.#partialBytes += taken
    if (this.#partialBytes < partial.length) return at + taken
    this.#partial = undefined
    const length = lengthOf(partial, 0)
    if (partial[3] === FRAME.DATA) {
      this.#beginData(partial, 0, length)
      return this.#data.isOpen ? this.#data.read(chunk, at + taken) : at + taken
    }
    if (partial.length === FRAME_HEADER_BYTES + length) this.#readFrame(partial, 0, length)
    else {
      this.#keep(partial, 0, FRAME_HEADER_BYTES + length)
      return this.#complete(chunk, at + taken)
    }
    return at + taken
  }

  // DATA (RFC 9113 §6.1)

  /** Reads the frame at `at` as far as the chunk goes; returns where it stopped. */
  #beginData(chunk: Buffer, at: number, length: number): number {
    const flags = chunk[at + 4] as number
    if (this.#isFirst) this.#checkFirst(FRAME.DATA, flags)
    this.#refuseInBlock()
    const streamId = streamIdOf(chunk, at)
    checkStream(streamId)
    this.#data.begin(streamId, flags, length)
    return this.#data.read(chunk, at + FRAME_HEADER_BYTES)
  }

  // All other frames, complete

  #readFrame(bytes: Buffer, at: number, length: number): void {
    const type = bytes[at + 3] as number
    const flags = bytes[at + 4] as number
    if (this.#isFirst) this.#checkFirst(type, flags)
    const streamId = streamIdOf(bytes, at)
    const start = at + FRAME_HEADER_BYTES
    if (type === FRAME.CONTINUATION) {
      this.#readContinuation(bytes, start, length, flags, streamId)
      return
    }
    this.#refuseInBlock()
    switch (type) {
      case FRAME.HEADERS:
        this.#readHeaders(bytes, start, length, flags, streamId)
        break
      case FRAME.PRIORITY:
        // On any stream, even one that cannot exist (RFC 9113 §6.3).
        if (streamId === 0) throw new ConnectionError('PROTOCOL_ERROR', 'PRIORITY of no stream')
        if (length === 5) this.#sink.onIgnored()
        else this.#sink.onStreamError(streamId, 'FRAME_SIZE_ERROR')
        break
      case FRAME.RST_STREAM:
        checkStream(streamId)
        checkLength(length, 4, 'RST_STREAM')
        this.#sink.onReset(streamId, bytes.readUInt32BE(start))
        break
      case FRAME.SETTINGS:
        checkConnection(streamId)
        if ((flags & FLAG.ACK) !== 0) {
          checkLength(length, 0, 'acknowledgement of SETTINGS')
          this.#sink.onSettingsAck()
        } else if (length % 6 !== 0) {
          throw new ConnectionError('FRAME_SIZE_ERROR', 'SETTINGS of a wrong length')
        } else this.#sink.onSettings(bytes, start, start + length)
        break
      case FRAME.PUSH_PROMISE:
        throw new ConnectionError('PROTOCOL_ERROR', 'PUSH_PROMISE, which we disabled')
      case FRAME.PING:
        checkConnection(streamId)
        checkLength(length, 8, 'PING')
        if ((flags & FLAG.ACK) !== 0) this.#sink.onPingAck()
        else this.#sink.onPing(bytes, start)
        break
      case FRAME.GOAWAY:
        checkConnection(streamId)
        if (length < 8) throw new ConnectionError('FRAME_SIZE_ERROR', 'GOAWAY too short')
        this.#sink.onGoaway(bytes.readInt32BE(start) & 0x7fffffff, bytes.readUInt32BE(start + 4))
        break
      case FRAME.WINDOW_UPDATE:
        checkLength(length, 4, 'WINDOW_UPDATE')
        this.#sink.onWindowUpdate(streamId, bytes.readInt32BE(start) & 0x7fffffff)
        break
      default:
        this.#sink.onIgnored()
    }
  }

  // Header blocks (RFC 9113 §6.2 and §6.10)

  #readHeaders(bytes: Buffer, from: number, length: number, flags: number, streamId: number): void {
    checkStream(streamId)
    let start = from
    let end = from + length
    if ((flags & FLAG.PADDED) !== 0) end -= bytes[start++] as number
    if ((flags & FLAG.PRIORITY) !== 0) start += 5
    if (start > from + length) throw new ConnectionError('FRAME_SIZE_ERROR', 'HEADERS too short')
    if (start > end) throw new ConnectionError('PROTOCOL_ERROR', 'padding longer than its frame')
    const endStream = (flags & FLAG.END_STREAM) !== 0
    if ((flags & FLAG.END_HEADERS) !== 0) {
      this.#sink.onHeaderBlock(streamId, bytes, start, end, endStream)
      return
    }
    this.#block = new HeaderBlock(streamId, endStream, bytes.subarray(start, end))
  }

  #readContinuation(
    bytes: Buffer,
    start: number,
    length: number,
    flags: number,
    streamId: number,
  ): void {
    const block = this.#block
    if (block?.streamId !== streamId) {
      throw new ConnectionError('PROTOCOL_ERROR', 'CONTINUATION of nothing')
    }
    block.append(bytes.subarray(start, start + length))
    if ((flags & FLAG.END_HEADERS) === 0) return
    this.#block = undefined
    const whole = block.join()
    this.#sink.onHeaderBlock(streamId, whole, 0, whole.length, block.endStream)
  }

  #checkFirst(type: number, flags: number): void {
    if (type !== FRAME.SETTINGS || (flags & FLAG.ACK) !== 0) {
      throw new ConnectionError('PROTOCOL_ERROR', 'no SETTINGS at the beginning')
    }
    this.#isFirst = false
  }

  /** Nothing may come between HEADERS and its CONTINUATIONs. */
  #refuseInBlock(): void {
    if (this.#block !== undefined) {
      throw new ConnectionError('PROTOCOL_ERROR', 'header block without its end')
    }
  }
}

/** Payload length, at most our SETTINGS_MAX_FRAME_SIZE, which is the default. */
function lengthOf(bytes: Buffer, at: number): number {
  const length =
    ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
  if (length > DEFAULT_MAX_FRAME) throw new ConnectionError('FRAME_SIZE_ERROR', 'frame too large')
  return length
}

/** Without the reserved bit. */
function streamIdOf(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at + 5) & 0x7fffffff
}

/** Client streams have odd ids; without push, a server opens none. */
function checkStream(streamId: number): void {
  if (streamId % 2 === 0) {
    throw new ConnectionError('PROTOCOL_ERROR', 'frame on a stream that cannot be')
  }
}

function checkConnection(streamId: number): void {
  if (streamId !== 0) {
    throw new ConnectionError('PROTOCOL_ERROR', "connection's frame on a stream")
  }
}

function checkLength(length: number, expected: number, what: string): void {
  if (length !== expected)
    throw new ConnectionError('FRAME_SIZE_ERROR', `${what} of a wrong length`)
}
