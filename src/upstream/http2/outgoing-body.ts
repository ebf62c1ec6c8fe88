import type { FrameWriter } from './frame-writer.js'

const NOTHING = Buffer.alloc(0)

/** Owns the part of a request's body that has not been sent. */
export class OutgoingBody {
  readonly #chunks: Buffer[] = []
  /** Where it begins in the first chunk. */
  #at = 0
  /** The last chunk has been appended. */
  #isEnding = false
  /** END_STREAM has been written. */
  #isSent = false

  get isEnding(): boolean {
    return this.#isEnding
  }

  /** END_STREAM has been written. */
  get isSent(): boolean {
    return this.#isSent
  }

  /** Everything appended so far has been written. */
  get isEmpty(): boolean {
    return this.#chunks.length === 0
  }

  /** There is something to write: bytes, or just END_STREAM. */
  get isPending(): boolean {
    return this.#chunks.length > 0 || (this.#isEnding && !this.#isSent)
  }

  append(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk)
  }

  end(): void {
    this.#isEnding = true
  }

  /** Writes the next DATA frame, of at most `most` bytes; returns its length. */
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

  /** Drops the rest. */
  drop(): void {
    this.#chunks.length = 0
  }
}
