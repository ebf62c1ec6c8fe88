import type { TLSSocket } from 'node:tls'
import { codeOf } from '../errors.js'
import type { ExchangeHandler, RequestHead } from './exchange.js'
import { ClientConnection, type ClientEvents } from './http2/client-connection.js'
import type { SpareWindow } from './http2/spare-window.js'
import { ReadBuffers } from './read-buffers.js'

/** How long the server has to close its side after we closed ours, in milliseconds. */
const LINGER_MS = 1_000

/** What a connection reports to the pool. */
export interface ConnectionObserver {
  /** The peer's SETTINGS arrived: streams may be opened. */
  onReady(connection: Connection): void
  /** A stream ended, or the peer allows more of them. */
  onRoom(connection: Connection): void
  /** It takes no more streams: GOAWAY arrived, or it ran out of stream ids. */
  onDraining(connection: Connection): void
  /** The peer closes the connection because we send PING too often. */
  onCalmWanted(connection: Connection): void
  /** The connection is closed. `code` is for the log. */
  onClosed(connection: Connection, code: string): void
}

export interface ConnectionOptions {
  /** The peer is verified and speaks `h2`. */
  readonly socket: TLSSocket
  /** `:authority` of every request. */
  readonly authority: string
  readonly observer: ConnectionObserver
  /** When it was opened, by the caller's clock. */
  readonly openedAtMs: number
  /** The highest stream id that may be used; lowered in tests. */
  readonly maxStreamId?: number | undefined
  /** What the streams' windows may grow by, shared with other connections. */
  readonly spare?: SpareWindow | undefined
}

/**
 * Owns the socket under one HTTP/2 connection, and its timers: the only I/O. Everything sent in one
 * turn of the event loop is one write, and the next write waits until it is done, so that what we
 * still hold provably has not been sent.
 */
export class Connection implements ClientEvents {
  readonly #socket: TLSSocket
  readonly #observer: ConnectionObserver
  readonly #client: ClientConnection
  readonly #readBuffers = new ReadBuffers()
  #isWriting = false
  #isEnding = false
  #isClosed = false
  #closedBy = 'closed'
  #pingTimer: NodeJS.Timeout | undefined
  readonly openedAtMs: number
  /** Exchanges started so far. */
  begun = 0

  constructor(options: ConnectionOptions) {
    const { socket, authority, observer, openedAtMs, maxStreamId, spare } = options
    this.#socket = socket
    this.#observer = observer
    this.openedAtMs = openedAtMs
    this.#client = new ClientConnection({ authority, events: this, maxStreamId, spare })
    socket.on('data', (chunk: Buffer) => {
      this.#client.receive(chunk)
      this.#readBuffers.onRead(chunk.length)
    })
    socket.on('end', () => {
      // By itself, the socket would first finish a write, which a server may never read.
      this.#lose('closed')
    })
    // Never removed: an error without a listener would end the process.
    socket.on('error', (error) => {
      this.#lose(codeOf(error) ?? 'unknown')
    })
    socket.on('close', () => {
      this.#lose('closed')
      clearTimeout(this.#pingTimer)
      observer.onClosed(this, this.#closedBy)
    })
    this.#flush()
  }

  /** Whether another stream may be opened now. */
  get hasRoom(): boolean {
    return this.#client.hasRoom
  }

  /** It takes no more streams. */
  get isDraining(): boolean {
    return this.#client.isDraining
  }

  /** Begins an exchange; only if `hasRoom`. */
  start(request: RequestHead, handler: ExchangeHandler): void {
    this.begun++
    this.#client.start(request, handler)
  }

  /** Sends PING; the connection is destroyed if it is not acknowledged within `timeoutMs`. */
  ping(timeoutMs: number): void {
    if (this.#pingTimer !== undefined || this.#isClosed) return
    this.#pingTimer = setTimeout(() => {
      this.#lose('no response to PING')
    }, timeoutMs).unref()
    this.#client.ping()
  }

  /** An interval is over: resets the count of useless frames. */
  forgive(): void {
    this.#client.glitches.reset()
  }

  /** Takes no more streams, and closes when those in progress are done. */
  close(): void {
    this.#client.drain()
  }

  /** Closes at once; exchanges in progress fail. */
  destroy(): void {
    this.#lose('destroyed')
  }

  // What the client connection asks for

  onOutput(): void {
    // At the end of this turn: one write for everything it brings.
    setImmediate(flushLater, this)
  }

  onReady(): void {
    this.#observer.onReady(this)
  }

  onRoom(): void {
    this.#observer.onRoom(this)
  }

  onDraining(): void {
    this.#observer.onDraining(this)
  }

  onPong(): void {
    clearTimeout(this.#pingTimer)
    this.#pingTimer = undefined
  }

  onCalmWanted(): void {
    this.#observer.onCalmWanted(this)
  }

  onFinished(reason: string): void {
    this.#closedBy = reason
    this.#isEnding = true
  }

  flush(): void {
    this.#flush()
  }

  #flush(): void {
    if (this.#isWriting || this.#isClosed) return
    const parts = this.#client.takeOutput()
    const last = parts.pop()
    if (last !== undefined) {
      this.#isWriting = true
      if (parts.length > 0) this.#socket.cork()
      for (const part of parts) this.#socket.write(part)
      this.#socket.write(last, this.#onWritten)
      if (parts.length > 0) this.#socket.uncork()
    }
    if (this.#isEnding) this.#end()
  }

  readonly #onWritten = (error?: Error | null): void => {
    this.#isWriting = false
    // The socket reports the error itself.
    if (error) return
    this.#client.onSent()
    this.#flush()
  }

  /** Sends FIN after all output; destroys the socket if the server does not close its side. */
  #end(): void {
    this.#socket.end()
    setTimeout(() => {
      this.#socket.destroy()
    }, LINGER_MS).unref()
  }

  /** Nothing more is received or sent: exchanges in progress fail. */
  #lose(reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (!this.#isEnding) this.#closedBy = reason
    this.#client.lose(reason)
    this.#socket.destroy()
  }
}

function flushLater(connection: Connection): void {
  connection.flush()
}
