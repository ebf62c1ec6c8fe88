import { ConnectionError } from './error-codes.js'

/** Limits of a header block: its encoded size in bytes, and its number of frames. */
const MAX_BLOCK_BYTES = 128 * 1024
const MAX_FRAMES = 64

/** Owns a header block that continues in CONTINUATIONs (RFC 9113 §6.10). */
export class HeaderBlock {
  readonly streamId: number
  /** Its HEADERS frame had END_STREAM. */
  readonly endStream: boolean
  readonly #parts: Buffer[]
  #bytes: number

  /** @param first copied */
  constructor(streamId: number, endStream: boolean, first: Buffer) {
    this.streamId = streamId
    this.endStream = endStream
    this.#parts = [Buffer.from(first)]
    this.#bytes = first.length
  }

  /** @throws {ConnectionError} if it becomes too large: without it no later block can be decoded */
  append(part: Buffer): void {
    this.#parts.push(Buffer.from(part))
    this.#bytes += part.length
    if (this.#bytes > MAX_BLOCK_BYTES) {
      throw new ConnectionError(
        'ENHANCE_YOUR_CALM',
        `header block of more than ${MAX_BLOCK_BYTES / 1024} KiB`,
      )
    }
    if (this.#parts.length > MAX_FRAMES) {
      throw new ConnectionError(
        'ENHANCE_YOUR_CALM',
        `header block in more than ${MAX_FRAMES} frames`,
      )
    }
  }

  join(): Buffer {
    return Buffer.concat(this.#parts)
  }
}
