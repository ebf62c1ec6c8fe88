import type { ServerResponse } from 'node:http'
import { Backlog } from './backlog.js'
import type { MemoryReturn } from './memory-return.js'

/** A part of at least this size goes to a client that reads without being joined with others. */
const DIRECT_BYTES = 8 * 1024
/** A last part up to this size goes out in one write with the header. */
const ONE_WRITE_BYTES = 16 * 1024

/** What the content tells the response that it is of. */
export interface ContentSink {
  /** More may be written, after it was blocked. */
  onUnblocked(): void
}

/**
 * Owns the content of a response between the upstream's frames and Node's `ServerResponse`: what
 * the client does not take waits here, joined, and Node is given one block at a time.
 */
export class ResponseContent {
  readonly #response: ServerResponse
  readonly #backlog = new Backlog()
  readonly #sink: ContentSink
  readonly #memoryReturn: MemoryReturn
  /** The client, or an earlier response on its connection, must take something first. */
  isBlocked = false
  /** It has been blocked since an earlier turn of the event loop, and so may be for long. */
  #isStalled = false
  /** What waits is dropped when the client leaves. */
  #isWatched = false
  /** The client's time to read is limited. */
  #isExpiring = false

  constructor(response: ServerResponse, sink: ContentSink, memoryReturn: MemoryReturn) {
    this.#response = response
    this.#sink = sink
    this.#memoryReturn = memoryReturn
  }

  /** Bytes that wait. */
  get waitingBytes(): number {
    return this.#backlog.bytes
  }

  /** Keeps a part until `flush` or `end`. */
  keep(part: Buffer): void {
    if (this.#isStalled) this.#backlog.hold(part)
    else this.#backlog.append(part)
  }

  /** A turn of the event loop is over. Within one, Node says to wait for what it then sends at once. */
  noteTurn(): void {
    if (!this.isBlocked || this.#isStalled) return
    this.#isStalled = true
    if (this.#isWatched) return
    this.#isWatched = true
    this.#response.once('close', () => this.drop())
  }

  /** Writes a part that is worth a write of its own; false if it is to be kept instead. */
  writeDirectly(part: Buffer): boolean {
    if (this.isBlocked || part.length < DIRECT_BYTES || !this.#backlog.isEmpty) return false
    if (!this.#response.write(part)) this.#blockUntil('drain')
    return true
  }

  /** The header goes out on its own. */
  writeNothing(): void {
    // Not by `flushHeaders`, which writes bytes above 0x7f as UTF-8.
    this.#response.write('', 'latin1')
  }

  /** Writes what waits, as far as the client takes it. */
  flush(holdsLast: boolean): void {
    const backlog = this.#backlog
    while (!this.isBlocked && !backlog.isEmpty && !(holdsLast && backlog.isLast)) {
      if (!this.#response.write(backlog.take())) this.#blockUntil('drain')
    }
  }

  /** Writes what waits, and the end. */
  end(): void {
    const response = this.#response
    const backlog = this.#backlog
    while (!backlog.isEmpty && !backlog.isLast) response.write(backlog.take())
    const last = backlog.take()
    // Node joins a text with the header, and sends a buffer on its own.
    if (last !== undefined && last.length <= ONE_WRITE_BYTES) {
      response.end(last.toString('latin1'), 'latin1')
    } else response.end(last)
  }

  /** After `end`: gives the client so long, between two bytes that it takes, to read the rest. */
  expire(idleTimeoutMs: number): void {
    const { socket } = this.#response
    // Null while earlier responses on the connection are not over.
    if (socket === null || this.#isExpiring) return
    this.#isExpiring = true
    // Node looks at what the kernel took, and destroys a socket whose time is up.
    socket.setTimeout(idleTimeoutMs)
    // Ahead of Node's own listener, which sets the time that a kept connection has.
    this.#response.prependOnceListener('finish', () => {
      socket.setTimeout(0)
    })
  }

  /** Forgets what waits; gives how many bytes that were. */
  drop(): number {
    const { bytes } = this.#backlog
    this.#backlog.clear()
    this.#memoryReturn.onDropped(bytes)
    return bytes
  }

  /** Waits for the end of earlier responses on the connection; gives whether there are any. */
  awaitTurn(): boolean {
    if (this.#response.socket !== null) return false
    this.#blockUntil('socket')
    return true
  }

  #blockUntil(event: 'drain' | 'socket'): void {
    this.isBlocked = true
    this.#response.once(event, () => {
      this.isBlocked = false
      this.#isStalled = false
      this.#sink.onUnblocked()
    })
  }
}
