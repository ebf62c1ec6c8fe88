import type { ServerResponse } from 'node:http'
import { Backlog } from './backlog.js'
import type { MemoryReturn } from './memory-return.js'

/** A part of at least this size is written on its own, if the client is reading. */
const DIRECT_BYTES = 8 * 1024
/** A last part up to this size goes out in one write with the headers. */
const ONE_WRITE_BYTES = 16 * 1024

/** What the content reports to its response. */
export interface ContentSink {
  /** More can be written, after it was blocked. */
  onUnblocked(): void
}

/**
 * Owns the content of a response between the upstream's frames and Node's `ServerResponse`: what
 * the client does not take waits here, joined, and Node gets one block at a time.
 */
export class ResponseContent {
  readonly #response: ServerResponse
  readonly #backlog = new Backlog()
  readonly #sink: ContentSink
  readonly #memoryReturn: MemoryReturn
  /** Waiting for the client to read, or for an earlier response on its connection. */
  isBlocked = false
  /** It has been blocked since an earlier turn of the event loop, so it may be for long. */
  #isStalled = false
  /** What is waiting will be dropped when the client leaves. */
  #isWatched = false
  #isExpiring = false

  constructor(response: ServerResponse, sink: ContentSink, memoryReturn: MemoryReturn) {
    this.#response = response
    this.#sink = sink
    this.#memoryReturn = memoryReturn
  }

  /** Bytes waiting. */
  get waitingBytes(): number {
    return this.#backlog.bytes
  }

  /** Keeps a part until `flush` or `end`. */
  keep(part: Buffer): void {
    if (this.#isStalled) this.#backlog.hold(part)
    else this.#backlog.append(part)
  }

  /** A turn of the event loop is over. Within one, Node may report as blocked what it then sends. */
  noteTurn(): void {
    if (!this.isBlocked || this.#isStalled) return
    this.#isStalled = true
    if (this.#isWatched) return
    this.#isWatched = true
    this.#response.once('close', () => this.drop())
  }

  /** Writes a part that is large enough for a write of its own; false if it must be kept instead. */
  writeDirectly(part: Buffer): boolean {
    if (this.isBlocked || part.length < DIRECT_BYTES || !this.#backlog.isEmpty) return false
    if (!this.#response.write(part)) this.#blockUntil('drain')
    return true
  }

  /** Sends the headers by themselves. */
  writeNothing(): void {
    // Not by `flushHeaders`, which writes bytes above 0x7f as UTF-8.
    this.#response.write('', 'latin1')
  }

  /** Writes what is waiting, as far as the client takes it. */
  flush(holdsLast: boolean): void {
    const backlog = this.#backlog
    while (!this.isBlocked && !backlog.isEmpty && !(holdsLast && backlog.isLast)) {
      if (!this.#response.write(backlog.take())) this.#blockUntil('drain')
    }
  }

  /** Writes what is waiting, then ends the response. */
  end(): void {
    const response = this.#response
    const backlog = this.#backlog
    while (!backlog.isEmpty && !backlog.isLast) response.write(backlog.take())
    const last = backlog.take()
    // Node joins a string with the headers, and sends a buffer separately.
    if (last !== undefined && last.length <= ONE_WRITE_BYTES) {
      response.end(last.toString('latin1'), 'latin1')
    } else response.end(last)
  }

  /** After `end`: limits the time between two reads of the client while it takes the rest. */
  expire(idleTimeoutMs: number): void {
    const { socket } = this.#response
    // Null until earlier responses on the connection are done.
    if (socket === null || this.#isExpiring) return
    this.#isExpiring = true
    // Node checks what the kernel took, and destroys a socket that timed out.
    socket.setTimeout(idleTimeoutMs)
    // Ahead of Node's own listener, which sets the keep-alive timeout.
    this.#response.prependOnceListener('finish', () => {
      socket.setTimeout(0)
    })
  }

  /** Drops what is waiting; returns its length in bytes. */
  drop(): number {
    const { bytes } = this.#backlog
    this.#backlog.clear()
    this.#memoryReturn.onDropped(bytes)
    return bytes
  }

  /** Waits for earlier responses on the connection to end; returns whether there are any. */
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
