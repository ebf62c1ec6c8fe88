import { createPagedBlock } from './paged-block.js'

/** Parts of at least this size are kept as they are; smaller ones are copied into shared blocks. */
const JOIN_BELOW_BYTES = 8 * 1024
/** Sizes of those blocks. The first is small, since most bodies are. */
const FIRST_BLOCK_BYTES = 1024
const LARGEST_BLOCK_BYTES = 16 * 1024
/** The blocks after that, for a client that is not reading. */
const PAGED_BLOCK_BYTES = 64 * 1024

/**
 * Owns bytes that are waiting to be sent, in order. Memory is proportional to the bytes, not to the
 * number of parts: a peer that sends one byte at a time must not cost an object for each.
 */
export class Backlog {
  /** Most backlogs never hold more than one block. */
  #first: Buffer | undefined
  #others: Buffer[] | undefined
  /** The last block, if small parts still go into it, and how much of it is used. */
  #open: Buffer | undefined
  #used = 0
  /** Bytes waiting. */
  bytes = 0

  get isEmpty(): boolean {
    return this.#first === undefined
  }

  /** Whether only one block is left. */
  get isLast(): boolean {
    return this.#first !== undefined && !this.#others?.length
  }

  /** Takes ownership of a part: its bytes must not change afterwards. */
  append(part: Buffer): void {
    this.bytes += part.length
    if (this.isEmpty || part.length >= JOIN_BELOW_BYTES) {
      this.#close()
      this.#push(part)
    } else this.#join(part, false)
  }

  /**
   * Copies a part: it may be a small slice of a large buffer, which would be kept alive as long as
   * the part waits.
   */
  hold(part: Buffer): void {
    this.bytes += part.length
    this.#join(part, this.bytes > LARGEST_BLOCK_BYTES)
  }

  /** Removes and returns the first block. */
  take(): Buffer | undefined {
    if (this.isLast) this.#close()
    const block = this.#first
    this.#first = this.#others?.shift()
    this.bytes -= block?.length ?? 0
    return block
  }

  /** Removes and returns everything as one block; undefined if there is nothing. */
  takeAll(): Buffer | undefined {
    const all = this.#others?.length ? Buffer.concat(this.blocks()) : this.#first
    this.clear()
    return all
  }

  /** All blocks, without removing them. */
  blocks(): readonly Buffer[] {
    this.#close()
    return this.#first === undefined ? [] : [this.#first, ...(this.#others ?? [])]
  }

  clear(): void {
    this.#first = undefined
    this.#others = undefined
    this.#open = undefined
    this.bytes = 0
  }

  #join(part: Buffer, isMuch: boolean): void {
    let from = 0
    while (from < part.length) {
      if (this.#open === undefined || this.#used === this.#open.length)
        this.#openNext(part.length - from, isMuch)
      const copied = part.copy(this.#open as Buffer, this.#used, from)
      this.#used += copied
      from += copied
    }
  }

  /** @param needed bytes still to be copied */
  #openNext(needed: number, isMuch: boolean): void {
    const before = this.#open?.length ?? FIRST_BLOCK_BYTES / 4
    const bytes = Math.min(Math.max(before * 4, needed), LARGEST_BLOCK_BYTES)
    this.#open = isMuch ? createPagedBlock(PAGED_BLOCK_BYTES) : Buffer.allocUnsafeSlow(bytes)
    this.#used = 0
    this.#push(this.#open)
  }

  #push(block: Buffer): void {
    if (this.#first === undefined) this.#first = block
    else (this.#others ??= []).push(block)
  }

  /** Closes the last block: trims it to what it holds. */
  #close(): void {
    if (this.#open === undefined) return
    const block = this.#open.subarray(0, this.#used)
    this.#open = undefined
    // It may be the first by now, if those before it were taken.
    if (this.#others?.length) this.#others[this.#others.length - 1] = block
    else this.#first = block
  }
}
