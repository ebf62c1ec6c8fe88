import { ConnectionError } from './error-codes.js'
import type { FrameSink } from './frame-sink.js'
import { FLAG } from './frames.js'

/** The pad length byte has not arrived. */
const UNKNOWN = -1

/** Owns the DATA frame being read (RFC 9113 §6.1): its content is passed on as it arrives. */
export class DataFrameReader {
  readonly #sink: FrameSink
  #streamId = 0
  #contentLeft = 0
  #paddingLeft = 0
  #endsStream = false
  /** A frame has begun and not ended. */
  isOpen = false

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  /** @param length of the frame's payload, in bytes */
  begin(streamId: number, flags: number, length: number): void {
    this.#sink.onDataFrame(streamId, length)
    const isPadded = (flags & FLAG.PADDED) !== 0
    if (isPadded && length === 0) {
      throw new ConnectionError('FRAME_SIZE_ERROR', 'DATA without its padding')
    }
    this.#streamId = streamId
    this.#endsStream = (flags & FLAG.END_STREAM) !== 0
    this.#contentLeft = length
    this.#paddingLeft = isPadded ? UNKNOWN : 0
    this.isOpen = true
  }

  /** Reads on from `from` to the end of the frame or the chunk; returns where it stopped. */
  read(chunk: Buffer, from: number): number {
    let at = from
    if (this.#paddingLeft === UNKNOWN) {
      if (at >= chunk.length) return at
      this.#paddingLeft = chunk[at++] as number
      this.#contentLeft -= 1 + this.#paddingLeft
      if (this.#contentLeft < 0) {
        throw new ConnectionError('PROTOCOL_ERROR', 'padding longer than its frame')
      }
    }
    if (this.#contentLeft > 0 && at < chunk.length) {
      const end = Math.min(chunk.length, at + this.#contentLeft)
      this.#contentLeft -= end - at
      this.#sink.onData(this.#streamId, chunk.subarray(at, end))
      at = end
    }
    if (this.#contentLeft === 0) {
      const padding = Math.min(chunk.length - at, this.#paddingLeft)
      this.#paddingLeft -= padding
      at += padding
      if (this.#paddingLeft === 0) {
        this.isOpen = false
        this.#sink.onDataFrameEnd(this.#streamId, this.#endsStream)
      }
    }
    return at
  }
}
