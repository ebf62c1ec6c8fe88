import { ConnectionError } from './error-codes.js'
import { MAX_31_BIT } from './frames.js'
import { StreamTable } from './stream-table.js'

/** Owns which streams a connection has, their ids, and which of them the server may have seen. */
export class Streams<T extends { readonly id: number }> {
  readonly #table = new StreamTable<T>()
  readonly #maxId: number
  #nextId = 1
  /** Streams up to this one have left, or are about to. */
  #lastTakenId = -1
  /** From GOAWAY: streams above it are not processed. */
  #lastProcessedId = MAX_31_BIT

  /** @param maxId the last that may be used */
  constructor(maxId: number) {
    this.#maxId = maxId
  }

  /** Streams in progress. */
  get size(): number {
    return this.#table.size
  }

  get hasIds(): boolean {
    return this.#nextId <= this.#maxId
  }

  takeId(): number {
    const id = this.#nextId
    this.#nextId += 2
    return id
  }

  add(stream: T): void {
    this.#table.add(stream)
  }

  delete(stream: T): void {
    this.#table.delete(stream.id)
  }

  /** Those in progress as of now, oldest first. */
  all(): T[] {
    return this.#table.all()
  }

  /** It was never opened: by us not yet, and by the server it cannot be. */
  isIdle(id: number): boolean {
    return id >= this.#nextId || id % 2 === 0
  }

  /**
   * The stream; undefined if it is closed. A frame may come for one that we gave up; for one that
   * had ended, the others need not suffer for it (RFC 9113 §5.1: a connection error is a MAY).
   * @throws {ConnectionError} for one that was never opened
   */
  find(id: number): T | undefined {
    if (this.isIdle(id)) {
      throw new ConnectionError('PROTOCOL_ERROR', 'frame on a stream never opened')
    }
    return this.#table.get(id)
  }

  /** All that was begun goes to the socket. */
  noteTaken(): void {
    this.#lastTakenId = this.#nextId - 2
  }

  /** The request may have left. */
  hasLeft({ id }: T): boolean {
    return id <= this.#lastTakenId
  }

  /** GOAWAY came: its last stream may be lowered later, never raised (RFC 9113 §6.8). */
  noteLastProcessed(id: number): void {
    this.#lastProcessedId = Math.min(id, this.#lastProcessedId)
  }

  isProcessed({ id }: T): boolean {
    return id <= this.#lastProcessedId
  }
}
