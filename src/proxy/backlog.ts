/** Parts of at least this size are kept as they are; smaller ones are copied together. */
const JOIN_BELOW_BYTES = 8 * 1024
/** Blocks that small parts are joined in: the first is small, since most bodies are. */
const FIRST_BLOCK_BYTES = 1024
const LARGEST_BLOCK_BYTES = 16 * 1024

/**
 * Owns bytes that wait, in order. What waits costs about its bytes, not its parts: a peer that
 * sends one byte at a time must not cost an object for each.
 */
export class Backlog {
  readonly #blocks: Buffer[] = []
  /** The block that small parts go into, if it is the last one, and how much of it is used. */
  #open: Buffer | undefined
  #used = 0
  /** Bytes that wait. */
  bytes = 0

  get isEmpty(): boolean {
    return this.#blocks.length === 0
  }

  /** Whether only one block is left. */
  get isLast(): boolean {
    return this.#blocks.length === 1
  }

  /** Takes a part over: its bytes must not change any more. */
  append(part: Buffer): void {
    this.bytes += part.length
    if (this.isEmpty || part.length >= JOIN_BELOW_BYTES) {
      this.#close()
      this.#blocks.push(part)
    } else this.#join(part)
  }

  /** Gives the first block and forgets it. */
  take(): Buffer | undefined {
    if (this.isLast) this.#close()
    const block = this.#blocks.shift()
    this.bytes -= block?.length ?? 0
    return block
  }

  /** Gives all that waits as one block and forgets it; undefined if nothing does. */
  takeAll(): Buffer | undefined {
    this.#close()
    const all = this.#blocks.length > 1 ? Buffer.concat(this.#blocks) : this.#blocks[0]
    this.clear()
    return all
  }

  /** The blocks, which stay. */
  blocks(): readonly Buffer[] {
    this.#close()
    return this.#blocks
  }

  clear(): void {
    this.#blocks.length = 0
    this.#open = undefined
    this.bytes = 0
  }

  #join(part: Buffer): void {
    let from = 0
    while (from < part.length) {
      if (this.#open === undefined || this.#used === this.#open.length) this.#openNext()
      const copied = part.copy(this.#open as Buffer, this.#used, from)
      this.#used += copied
      from += copied
    }
  }

  #openNext(): void {
    const before = this.#open?.length ?? FIRST_BLOCK_BYTES / 4
    this.#open = Buffer.allocUnsafeSlow(Math.min(before * 4, LARGEST_BLOCK_BYTES))
    this.#used = 0
    this.#blocks.push(this.#open)
  }

  /** No more parts go into the last block: it is as long as what is in it. */
  #close(): void {
    if (this.#open === undefined) return
    this.#blocks[this.#blocks.length - 1] = this.#open.subarray(0, this.#used)
    this.#open = undefined
  }
}
