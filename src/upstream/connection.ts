import type { TLSSocket } from 'node:tls'
import { codeOf } from '../errors.js'
import type { ExchangeHandler, RequestHead } from './exchange.js'
import { ClientConnection, type ClientEvents } from './http2/client-connection.js'
import type { SpareWindow } from './http2/spare-window.js'
import { ReadBuffers } from './read-buffers.js'

/** For the server to end its side after we ended ours, in milliseconds. */
const LINGER_MS = 1_000

/** What a connection tells the pool. */
export interface ConnectionObserver {
  /** The peer's SETTINGS came: streams may be opened. */
  onReady(connection: Connection): void
  /** A stream ended, or the peer allows more of them. */
  onRoom(connection: Connection): void
  /** It takes no more streams: GOAWAY came, or it ran out of stream ids. */
  onDraining(connection: Connection): void
  /** It ends the connection because we ask too often whether it lives. */
  onCalmWanted(connection: Connection): void
  /** It is gone. `code` is for the log. */
  onClosed(connection: Connection, code: string): void
}

export interface ConnectionOptions {
  /** Its peer is verified and speaks `h2`. */
  readonly socket: TLSSocket
  /** `:authority` of every request. */
  readonly authority: string
  readonly observer: ConnectionObserver
  /** By the clock of whoever asks for its age. */
  readonly openedAtMs: number
  /** The last id that may be used; lowered in tests. */
  readonly maxStreamId?: number | undefined
  /** What the windows of streams may grow by, on this connection and others. */
  readonly spare?: SpareWindow | undefined
}

/**
 * Owns the socket under one HTTP/2 connection, and its timers: the one place of I/O. All that one
 * turn of the event loop gives to send is one write, and the next write waits until it is done, so
 * that what is still ours has provably not left.
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
  /** Exchanges so far. */
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
      this.#lose('closed')
    })
    // For the whole life: an error without a listener would end the process.
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

  /** Whether one more stream may be opened now. */
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

  /** Sends PING; the connection is destroyed if no answer comes within `timeoutMs`. */
  ping(timeoutMs: number): void {
    if (this.#pingTimer !== undefined || this.#isClosed) return
    this.#pingTimer = setTimeout(() => {
      this.#lose('no response to PING')
    }, timeoutMs).unref()
    this.#client.ping()
  }

  /** What the peer made us do for nothing is forgotten: an interval is over. */
  forgive(): void {
    this.#client.glitches.reset()
  }

  /** Takes no more streams, and ends when those in progress are over. */
  close(): void {
    this.#client.drain()
  }

  /** Ends at once; exchanges in progress fail. */
  destroy(): void {
    this.#lose('destroyed')
  }

  // What the client asks for

  onOutput(): void {
    // After all that this turn brings: one write for all of it.
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
    // The socket tells of it by itself.
    if (error) return
    this.#client.onSent()
    this.#flush()
  }

  /** FIN after what was said, and an end for a server that does not answer it. */
  #end(): void {
    this.#socket.end()
    setTimeout(() => {
      this.#socket.destroy()
    }, LINGER_MS).unref()
  }

  /** Nothing more comes or goes: exchanges in progress fail. */
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
