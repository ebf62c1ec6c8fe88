/** How much of a body is shown, in bytes. */
export const SHOWN_BYTES = 16 * 1024
/** How much is kept: a token that begins in the shown part is then found whole. */
const KEPT_BYTES = SHOWN_BYTES + 16 * 1024

/** Owns the beginning of one body, copied as it passes. */
export class RecordedBody {
  #parts: Buffer[] = []
  #keptBytes = 0
  #bytes = 0

  add(part: Buffer): void {
    this.#bytes += part.length
    const room = KEPT_BYTES - this.#keptBytes
    if (room <= 0 || part.length === 0) return
    // Copied: a part is a slice of a larger block, which it would keep alive.
    const kept = Buffer.from(part.subarray(0, room))
    this.#parts.push(kept)
    this.#keptBytes += kept.length
  }

  /**
   * As UTF-8 text.
   * @param redact removes secrets, before the text is truncated
   */
  read(redact: (text: string) => string): { body: string; truncated: boolean } {
    const isWhole = this.#keptBytes === this.#bytes
    const text = decode(Buffer.concat(this.#parts), isWhole)
    const redacted = Buffer.from(redact(text))
    if (isWhole && redacted.length <= SHOWN_BYTES) {
      return { body: redacted.toString(), truncated: false }
    }
    return { body: decode(redacted.subarray(0, SHOWN_BYTES), false), truncated: true }
  }
}

/** If the text continues, an incomplete character at the end is left out. */
function decode(bytes: Buffer, isWhole: boolean): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: !isWhole })
}
