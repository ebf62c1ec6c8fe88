import { createPagedBlock } from './paged-block.js'

/** Parts of at least this size are kept as they are; smaller ones are copied together. */
const JOIN_BELOW_BYTES = 8 * 1024
/** Blocks that small parts are joined in: the first is small, since most bodies are. */
const FIRST_BLOCK_BYTES = 1024
const LARGEST_BLOCK_BYTES = 16 * 1024
/** Where more than one of those is held for a client, these follow. */
const PAGED_BLOCK_BYTES = 64 * 1024

/**
 * Owns bytes that wait, in order. What waits costs about its bytes, not its parts: a peer that
 * sends one byte at a time must not cost an object for each.
 */
export class Backlog {
  /** Most backlogs never hold more than one block. */
  #first: Buffer | undefined
  #others: Buffer[] | undefined
  /** The block that small parts go into, if it is the last one, and how much of it is used. */
  #open: Buffer | undefined
  #used = 0
  /** Bytes that wait. */
  bytes = 0

  get isEmpty(): boolean {
    return this.#first === undefined
  }

  /** Whether only one block is left. */
  get isLast(): boolean {
    return this.#first !== undefined && !this.#others?.length
  }

  /** Takes a part over: its bytes must not change any more. */
  append(part: Buffer): void {
    this.bytes += part.length
    if (this.isEmpty || part.length >= JOIN_BELOW_BYTES) {
      this.#close()
      this.#push(part)
    } else this.#join(part, false)
  }

  /**
   * Takes a copy of a part: it may be a small one of a large buffer, which could not go as long as
   * the part waits.
   */
  hold(part: Buffer): void {
    this.bytes += part.length
    this.#join(part, this.bytes > LARGEST_BLOCK_BYTES)
  }

  /** Gives the first block and forgets it. */
  take(): Buffer | undefined {
    if (this.isLast) this.#close()
    const block = this.#first
    this.#first = this.#others?.shift()
    this.bytes -= block?.length ?? 0
    return block
  }

  /** Gives all that waits as one block and forgets it; undefined if nothing does. */
  takeAll(): Buffer | undefined {
    const all = this.#others?.length ? Buffer.concat(this.blocks()) : this.#first
    this.clear()
    return all
  }

  /** The blocks, which stay. */
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

  /** @param needed how much is to go in */
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

  /** No more parts go into the last block: it is as long as what is in it. */
  #close(): void {
    if (this.#open === undefined) return
    const block = this.#open.subarray(0, this.#used)
    this.#open = undefined
    // It may have come to be the first, by the taking of those in front of it.
    if (this.#others?.length) this.#others[this.#others.length - 1] = block
    else this.#first = block
  }
}
