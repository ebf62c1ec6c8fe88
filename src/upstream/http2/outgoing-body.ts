import type { FrameWriter } from './frame-writer.js'

const NOTHING = Buffer.alloc(0)

/** Owns what of a request's body has not been sent. */
export class OutgoingBody {
  readonly #chunks: Buffer[] = []
  /** Where in the first of them that begins. */
  #at = 0
  /** The end of the body is known, */
  #isEnding = false
  /** and is sent. */
  #isSent = false

  get isEnding(): boolean {
    return this.#isEnding
  }

  /** END_STREAM is sent. */
  get isSent(): boolean {
    return this.#isSent
  }

  /** All bytes that are known are sent. */
  get isEmpty(): boolean {
    return this.#chunks.length === 0
  }

  /** Something is to be sent now: bytes, or the end alone. */
  get isPending(): boolean {
    return this.#chunks.length > 0 || (this.#isEnding && !this.#isSent)
  }

  append(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk)
  }

  end(): void {
    this.#isEnding = true
  }

  /** Writes the next DATA frame, of at most `most` bytes; gives how many it has. */
  writeFrame(frames: FrameWriter, streamId: number, most: number): number {
    const chunk = this.#chunks[0] ?? NOTHING
    const at = this.#at
    const left = chunk.length - at
    const length = Math.min(left, most)
    this.#at += length
    if (length === left) {
      this.#chunks.shift()
      this.#at = 0
    }
    this.#isSent = this.#isEnding && this.isEmpty
    frames.data(streamId, chunk, at, length, this.#isSent)
    return length
  }

  /** The rest is not sent. */
  drop(): void {
    this.#chunks.length = 0
  }
}
