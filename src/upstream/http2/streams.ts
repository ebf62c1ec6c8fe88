import { ConnectionError } from './error-codes.js'
import { MAX_31_BIT } from './frames.js'
import { StreamTable } from './stream-table.js'

/** Owns a connection's streams, their ids, and which of them the server may have seen. */
export class Streams<T extends { readonly id: number }> {
  readonly #table = new StreamTable<T>()
  readonly #maxId: number
  #nextId = 1
  /** Streams up to this one have been sent, or are about to be. */
  #lastTakenId = -1
  /** From GOAWAY: streams above it were not processed. */
  #lastProcessedId = MAX_31_BIT

  /** @param maxId the highest that may be used */
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

  /** Streams now in progress, oldest first. */
  all(): T[] {
    return this.#table.all()
  }

  /** Never opened: not yet by us, and the server cannot. */
  isIdle(id: number): boolean {
    return id >= this.#nextId || id % 2 === 0
  }

  /**
   * The stream; undefined if it is closed. Frames may still arrive for a stream that we gave up;
   * after one that ended, the other streams need not suffer (RFC 9113 §5.1: a connection error is a
   * MAY).
   * @throws {ConnectionError} for one that was never opened
   */
  find(id: number): T | undefined {
    if (this.isIdle(id)) {
      throw new ConnectionError('PROTOCOL_ERROR', 'frame on a stream never opened')
    }
    return this.#table.get(id)
  }

  /** Everything opened so far goes to the socket. */
  noteTaken(): void {
    this.#lastTakenId = this.#nextId - 2
  }

  /** Whether the request may have been sent. */
  hasLeft({ id }: T): boolean {
    return id <= this.#lastTakenId
  }

  /** GOAWAY arrived: a later one may lower the last stream id, never raise it (RFC 9113 §6.8). */
  noteLastProcessed(id: number): void {
    this.#lastProcessedId = Math.min(id, this.#lastProcessedId)
  }

  isProcessed({ id }: T): boolean {
    return id <= this.#lastProcessedId
  }
}
