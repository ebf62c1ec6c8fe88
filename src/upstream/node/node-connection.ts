import { type ClientHttp2Session, connect, type Settings } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { codeOf } from '../../errors.js'
import type { Connection, ConnectionObserver } from '../connection.js'
import { type ExchangeHandler, type RequestHead, UpstreamError } from '../exchange.js'
import { NodeExchange, type StreamOwner } from './node-exchange.js'

/** What we let the upstream send on one stream, and on all, before it must wait for us. */
const STREAM_WINDOW = 1024 * 1024
const CONNECTION_WINDOW = 4 * 1024 * 1024
/** Response header lists over this are refused, in bytes as RFC 9113 §6.5.2 counts them. */
const MAX_HEADER_LIST = 64 * 1024
/** As many as fit into it: each field counts 32 bytes beside its own. */
const MAX_HEADER_FIELDS = MAX_HEADER_LIST / 32
/** How often a session with streams in progress is looked at for whether it still speaks. */
const LOOK_MS = 1_000
const LOOK_TIMEOUT_MS = 5_000
/** In MB. Above what the streams' windows can hold together: flow control is the limit. */
const MAX_SESSION_MEMORY = 1024

/** The engine on `node:http2`. */
export function createNodeConnection(
  socket: TLSSocket,
  origin: string,
  observer: ConnectionObserver,
): Connection {
  return new NodeConnection(socket, origin, observer)
}

/** Owns one session of `node:http2`. */
export class NodeConnection implements Connection, StreamOwner {
  readonly #session: ClientHttp2Session
  readonly #socket: TLSSocket
  readonly #observer: ConnectionObserver
  #maxStreams = 0
  #isReady = false
  #draining = false
  #closedBy = 'closed'
  #pingTimer: NodeJS.Timeout | undefined
  /** Streams ever begun; as of the last look, and as of the last PING for it. */
  #begun = 0
  #begunAtLook = 0
  #begunAtPing = 0
  #bytesAtLook = 0
  #wasPinged = false
  readonly #looker: NodeJS.Timeout
  /** `:authority` of every request. */
  readonly authority: string
  /** Streams whose end has not been told; kept by `NodeExchange`. */
  streams = 0
  /** From GOAWAY: streams above it were not processed. */
  lastStreamId = Infinity

  constructor(socket: TLSSocket, origin: string, observer: ConnectionObserver) {
    this.#observer = observer
    this.#socket = socket
    this.authority = new URL(origin).host
    this.#session = connect(origin, {
      createConnection: () => socket,
      maxSessionMemory: MAX_SESSION_MEMORY,
      maxHeaderListPairs: MAX_HEADER_FIELDS,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW,
        maxHeaderListSize: MAX_HEADER_LIST,
      },
    })
    // For the whole life: an error without a listener would end the process.
    this.#session.on('error', (error) => {
      this.#closedBy = codeOf(error) ?? this.#closedBy
    })
    this.#session.on('connect', () => {
      this.#session.setLocalWindowSize(CONNECTION_WINDOW)
    })
    this.#session.on('remoteSettings', ({ maxConcurrentStreams }: Settings) => {
      this.#maxStreams = maxConcurrentStreams ?? 2 ** 31 - 1
      if (this.#isReady) observer.onRoom()
      else {
        this.#isReady = true
        observer.onReady()
      }
    })
    this.#session.on('goaway', (code: number, lastStreamId: number) => {
      this.lastStreamId = lastStreamId
      this.#closedBy = `GOAWAY ${code}`
      this.#drain()
    })
    this.#session.on('close', () => {
      this.#onClosed()
    })
    this.#looker = setInterval(() => {
      this.#look()
    }, LOOK_MS).unref()
    // The socket's own end is told before the session's, and both must be final.
    socket.once('close', () => {
      this.#session.destroy()
    })
  }

  get hasRoom(): boolean {
    return this.streams < this.#maxStreams && !this.#draining && !this.#session.closed
  }

  start(request: RequestHead, handler: ExchangeHandler): void {
    let exchange: NodeExchange
    try {
      exchange = new NodeExchange(this, this.#session, request, handler)
    } catch (error) {
      // A session that broken frames destroyed may never tell of it (seen on Node 20).
      if (this.#session.destroyed) this.#onClosed()
      handler.onError(
        new UpstreamError('UPSTREAM_RESET', codeOf(error) ?? 'request', {
          unprocessed: 'connect',
          cause: error,
        }),
      )
      return
    }
    this.streams++
    this.#begun++
    handler.onOpen(exchange)
  }

  /** Called by an exchange when it is over. */
  onStreamEnd(): void {
    this.streams--
    if (!this.#draining) this.#observer.onRoom()
  }

  ping(timeoutMs: number): void {
    if (this.#pingTimer !== undefined || this.#session.destroyed) return
    this.#pingTimer = setTimeout(() => {
      this.#closedBy = 'no answer to PING'
      this.#session.destroy()
    }, timeoutMs).unref()
    // Throws, or calls back with an error, while the session is closing: `close` follows then.
    this.#session.ping((error) => {
      if (error === null) {
        clearTimeout(this.#pingTimer)
        this.#pingTimer = undefined
      }
    })
  }

  /**
   * Up to Node 24 a session may take requests and stay silent for ever: after broken frames, or
   * after its socket was lost in mid-upload. One that said nothing for a while, though streams were
   * begun on it, is asked by PING; while it owes the answer it takes no more streams.
   */
  #look(): void {
    if (this.#session.destroyed) {
      this.#onClosed()
      return
    }
    const { bytesRead } = this.#socket
    const isQuiet = bytesRead === this.#bytesAtLook
    const wasAsked = this.#begunAtLook !== this.#begunAtPing
    this.#bytesAtLook = bytesRead
    this.#begunAtLook = this.#begun
    if (!isQuiet || this.streams === 0) {
      this.#wasPinged = false
    } else if (this.#wasPinged && this.#pingTimer !== undefined) {
      this.#drain()
      this.#session.close()
    } else if (wasAsked) {
      this.#begunAtPing = this.#begun
      this.#wasPinged = true
      this.ping(LOOK_TIMEOUT_MS)
    }
  }

  close(): void {
    this.#draining = true
    this.#session.close()
  }

  destroy(): void {
    this.#session.destroy()
  }

  #onClosed(): void {
    clearTimeout(this.#pingTimer)
    clearInterval(this.#looker)
    this.#draining = true
    this.#socket.destroy()
    this.#observer.onClosed(this.#closedBy)
  }

  #drain(): void {
    if (this.#draining) return
    this.#draining = true
    this.#observer.onDraining()
  }
}
