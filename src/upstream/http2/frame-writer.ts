import { type ErrorName, ERROR } from './error-codes.js'
import { FLAG, FRAME, FRAME_HEADER_BYTES, PREFACE, SETTING } from './frames.js'

/** Frames are written into slabs of this size, which are never overwritten. */
const SLAB_BYTES = 64 * 1024
/** A part of a body up to this size is copied into the slab; a larger one is passed on as it is. */
const COPY_BYTES = 4 * 1024

/**
 * Owns the frames waiting to be sent (RFC 9113 §6), in order. They collect until `take`, so that
 * everything in one turn of the event loop goes out in one write; until then none has been sent.
 */
export class FrameWriter {
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES)
  /** Where the waiting bytes begin and end in the slab. */
  #from = 0
  #at = 0
  #parts: Buffer[] = []
  /** Bytes waiting outside the slab. */
  #partBytes = 0

  /** Bytes waiting. */
  get pendingBytes(): number {
    return this.#partBytes + this.#at - this.#from
  }

  /** Removes and returns everything. */
  take(): Buffer[] {
    this.#endPart()
    const parts = this.#parts
    this.#parts = []
    this.#partBytes = 0
    return parts
  }

  preface(): void {
    this.#reserve(PREFACE.length)
    this.#at += this.#slab.write(PREFACE, this.#at, 'latin1')
  }

  settings(values: Readonly<Partial<Record<keyof typeof SETTING, number>>>): void {
    const entries = Object.entries(values) as [keyof typeof SETTING, number][]
    this.#frame(FRAME.SETTINGS, 0, 0, entries.length * 6)
    for (const [name, value] of entries) {
      this.#at = this.#slab.writeUInt16BE(SETTING[name], this.#at)
      this.#uint32(value)
    }
  }

  settingsAck(): void {
    this.#frame(FRAME.SETTINGS, FLAG.ACK, 0, 0)
  }

  ping(): void {
    this.#frame(FRAME.PING, 0, 0, 8)
    this.#uint32(0)
    this.#uint32(0)
  }

  /** @param start where in `bytes` the PING's eight bytes are, to be sent back */
  pingAck(bytes: Buffer, start: number): void {
    this.#frame(FRAME.PING, FLAG.ACK, 0, 8)
    this.#at += bytes.copy(this.#slab, this.#at, start, start + 8)
  }

  goaway(code: ErrorName): void {
    this.#frame(FRAME.GOAWAY, 0, 0, 8)
    this.#uint32(0) // the server opened no streams
    this.#uint32(ERROR[code])
  }

  reset(streamId: number, code: ErrorName): void {
    this.#frame(FRAME.RST_STREAM, 0, streamId, 4)
    this.#uint32(ERROR[code])
  }

  windowUpdate(streamId: number, increment: number): void {
    this.#frame(FRAME.WINDOW_UPDATE, 0, streamId, 4)
    this.#uint32(increment)
  }

  /** @param length bytes of `part` from `start`, at most one frame's */
  data(streamId: number, part: Buffer, start: number, length: number, endStream: boolean): void {
    const isCopied = length <= COPY_BYTES
    this.#reserve(FRAME_HEADER_BYTES + (isCopied ? length : 0))
    this.#header(FRAME.DATA, endStream ? FLAG.END_STREAM : 0, streamId, length)
    if (isCopied) this.#at += part.copy(this.#slab, this.#at, start, start + length)
    else {
      this.#endPart()
      this.#parts.push(part.subarray(start, start + length))
      this.#partBytes += length
    }
  }

  /**
   * Reserves room for a header block of at most `most` bytes: write it into `slab` at `blockStart`,
   * then call `endBlock` with its end.
   */
  beginBlock(most: number): void {
    this.#reserve(FRAME_HEADER_BYTES + most)
  }

  get slab(): Buffer {
    return this.#slab
  }

  get blockStart(): number {
    return this.#at + FRAME_HEADER_BYTES
  }

  /** @param maxFrame the peer's: a longer block continues in CONTINUATIONs (RFC 9113 §6.10) */
  endBlock(streamId: number, end: number, maxFrame: number, endStream: boolean): void {
    const start = this.blockStart
    const length = end - start
    const endFlag = endStream ? FLAG.END_STREAM : 0
    if (length <= maxFrame) {
      this.#header(FRAME.HEADERS, FLAG.END_HEADERS | endFlag, streamId, length)
      this.#at = end
      return
    }
    const block = Buffer.from(this.#slab.subarray(start, end))
    for (let at = 0; at < length; at += maxFrame) {
      const part = block.subarray(at, at + maxFrame)
      const endHeaders = at + maxFrame >= length ? FLAG.END_HEADERS : 0
      this.#reserve(FRAME_HEADER_BYTES + part.length)
      if (at === 0) this.#header(FRAME.HEADERS, endFlag | endHeaders, streamId, part.length)
      else this.#header(FRAME.CONTINUATION, endHeaders, streamId, part.length)
      this.#at += part.copy(this.#slab, this.#at)
    }
  }

  /** Writes the header of a frame; its payload is written into the slab next. */
  #frame(type: number, flags: number, streamId: number, length: number): void {
    this.#reserve(FRAME_HEADER_BYTES + length)
    this.#header(type, flags, streamId, length)
  }

  #header(type: number, flags: number, streamId: number, length: number): void {
    const slab = this.#slab
    let at = this.#at
    slab[at++] = length >>> 16
    slab[at++] = length >>> 8
    slab[at++] = length
    slab[at++] = type
    slab[at++] = flags
    this.#at = at
    this.#uint32(streamId)
  }

  #uint32(value: number): void {
    const slab = this.#slab
    let at = this.#at
    slab[at++] = value >>> 24
    slab[at++] = value >>> 16
    slab[at++] = value >>> 8
    slab[at++] = value
    this.#at = at
  }

  /** Makes room in the slab, or in a new one. */
  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#slab.length) return
    this.#endPart()
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes))
    this.#from = 0
    this.#at = 0
  }

  /** Moves the bytes waiting in the slab to the parts. */
  #endPart(): void {
    if (this.#at === this.#from) return
    this.#parts.push(this.#slab.subarray(this.#from, this.#at))
    this.#partBytes += this.#at - this.#from
    this.#from = this.#at
  }
}
