import type { TLSSocket } from 'node:tls'
import { Connection, type ConnectionObserver } from './connection.js'
import type { Dial } from './dial.js'
import { type ExchangeHandler, type RequestHead, type Upstream, UpstreamError } from './exchange.js'

/** More connections than this to one origin help nobody: 100 streams each are usual. */
const MAX_CONNECTIONS = 8
/** RFC 9113 §6.7: an idle connection is asked this often whether it is alive, */
const PING_INTERVAL_MS = 15_000
/** and given up when it does not say so within this time. */
const PING_TIMEOUT_MS = 5_000
/** A ping this late means that the machine slept, and what was open may be gone. */
const OVERSLEPT_MS = PING_INTERVAL_MS + PING_TIMEOUT_MS
/** Pauses before a lost connection is opened again without a request having asked for it. */
const REDIAL_FIRST_MS = 1_000
const REDIAL_LONGEST_MS = 30_000
/** A connection that ends sooner than this was not worth opening: the next one is not hurried. */
const SHORT_LIFE_MS = 1_000

/** What the pool tells of its work; the log listens. */
export interface PoolObserver {
  connected(): void
  connectFailed(error: UpstreamError): void
  disconnected(code: string): void
}

export interface PoolOptions {
  origin: string
  dial: Dial
  /** For a new connection's SETTINGS to arrive, in milliseconds. */
  connectTimeoutMs: number
  observer: PoolObserver
  /** The last id of a stream that a connection may use; lowered in tests. */
  maxStreamId?: number
  /** The wall clock, in milliseconds, which goes on while a machine sleeps; injected in tests. */
  now?: () => number
}

/**
 * Owns the connections to the upstream: as few as their stream limits allow, one kept open ahead,
 * asked by PING whether they live, replaced when they say GOAWAY. It never repeats a request:
 * what failed is told to the handler, with whether it can have been processed.
 */
export class Pool implements Upstream {
  readonly #options: PoolOptions
  /** `:authority` of every request. */
  readonly #authority: string
  readonly #now: () => number
  /** Those that may be given new streams. */
  readonly #usable: Connection[] = []
  /** All that are open, with the monotonic time at which each was. */
  readonly #all = new Map<Connection, number>()
  /** In order of arrival. */
  readonly #waiting = new Map<ExchangeHandler, RequestHead>()
  #dialing: Promise<void> | undefined
  #failures = 0
  #redial: NodeJS.Timeout | undefined
  readonly #pinger: NodeJS.Timeout
  #pingedAtMs: number
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#authority = new URL(options.origin).host
    this.#now = options.now ?? Date.now
    this.#pingedAtMs = this.#now()
    this.#pinger = setInterval(() => {
      this.#ping()
    }, PING_INTERVAL_MS).unref()
  }

  get connections(): number {
    return this.#all.size
  }

  dispatch(request: RequestHead, handler: ExchangeHandler): void {
    if (this.#closed) {
      handler.onError(new UpstreamError('UPSTREAM_UNREACHABLE', 'closing'))
      return
    }
    if (this.#now() - this.#pingedAtMs > OVERSLEPT_MS) this.#replaceAll()
    for (const connection of this.#usable) {
      if (connection.hasRoom) {
        connection.start(request, handler)
        return
      }
    }
    this.#waiting.set(handler, request)
    this.#grow()
  }

  withdraw(handler: ExchangeHandler): void {
    this.#waiting.delete(handler)
  }

  async connect(): Promise<void> {
    this.#grow()
    await this.#dialing
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#pinger)
    clearTimeout(this.#redial)
    this.#failWaiting(new UpstreamError('UPSTREAM_UNREACHABLE', 'closing'))
    for (const connection of this.#all.keys()) connection.close()
  }

  #onRoom(connection: Connection): void {
    if (this.#waiting.size > 0 && this.#usable.includes(connection)) this.#serveWaiting(connection)
  }

  #onDraining(connection: Connection): void {
    if (this.#retire(connection)) this.#replace(connection)
  }

  #onClosed(connection: Connection, code: string): void {
    const openedAtMs = this.#all.get(connection)
    if (openedAtMs === undefined) return
    const wasUsable = this.#retire(connection)
    this.#options.observer.disconnected(code)
    if (wasUsable) this.#replace(connection)
    this.#all.delete(connection)
  }

  /** Opens another one in its place: at once, unless the upstream drops what it just accepted. */
  #replace(connection: Connection): void {
    const livedMs = performance.now() - (this.#all.get(connection) ?? 0)
    if (livedMs < SHORT_LIFE_MS) this.#failures++
    else this.#failures = 0
    if (this.#failures === 0 || this.#waiting.size > 0) this.#grow()
    else if (this.#usable.length === 0) this.#growLater()
  }

  /** Opens one more connection, if none is being opened and another may help. */
  #grow(): void {
    if (this.#closed || this.#dialing !== undefined) return
    if (this.#usable.length >= MAX_CONNECTIONS) return
    clearTimeout(this.#redial)
    this.#dialing = this.#open().then(
      (connection) => {
        this.#dialing = undefined
        this.#options.observer.connected()
        // It may have ended in the very turn in which it became ready.
        if (this.#all.has(connection)) this.#usable.push(connection)
        this.#serveWaiting(connection)
        if (this.#waiting.size > 0) this.#grow()
      },
      (error: unknown) => {
        this.#dialing = undefined
        this.#failed(error as UpstreamError)
      },
    )
  }

  async #open(): Promise<Connection> {
    const socket = await this.#options.dial()
    if (this.#closed) {
      socket.destroy()
      throw new UpstreamError('UPSTREAM_UNREACHABLE', 'closing')
    }
    return this.#greet(socket)
  }

  /** Resolves when the peer's SETTINGS came: only then is its stream limit known. */
  #greet(socket: TLSSocket): Promise<Connection> {
    const { connectTimeoutMs, maxStreamId } = this.#options
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        connection.destroy()
        reject(new UpstreamError('UPSTREAM_TIMEOUT', 'settings'))
      }, connectTimeoutMs)
      const observer: ConnectionObserver = {
        onReady: () => {
          clearTimeout(timer)
          this.#all.set(connection, performance.now())
          resolve(connection)
        },
        onRoom: () => {
          this.#onRoom(connection)
        },
        onCalmWanted: () => undefined,
        onDraining: () => {
          this.#onDraining(connection)
        },
        onClosed: (code) => {
          clearTimeout(timer)
          reject(new UpstreamError('UPSTREAM_UNREACHABLE', code))
          this.#onClosed(connection, code)
        },
      }
      const connection = new Connection({
        socket,
        authority: this.#authority,
        observer,
        maxStreamId,
      })
    })
  }

  #failed(error: UpstreamError): void {
    this.#failures++
    this.#options.observer.connectFailed(error)
    // While another connection serves, those who wait for more room go on waiting.
    if (this.#usable.length > 0) return
    this.#failWaiting(error)
    this.#growLater()
  }

  #growLater(): void {
    if (this.#closed) return
    clearTimeout(this.#redial)
    const pauseMs = Math.min(REDIAL_LONGEST_MS, REDIAL_FIRST_MS * 2 ** (this.#failures - 1))
    this.#redial = setTimeout(() => {
      this.#grow()
    }, pauseMs).unref()
  }

  #failWaiting(error: UpstreamError): void {
    const handlers = [...this.#waiting.keys()]
    this.#waiting.clear()
    for (const handler of handlers) handler.onError(error)
  }

  #serveWaiting(connection: Connection): void {
    for (const [handler, request] of this.#waiting) {
      if (!connection.hasRoom) return
      this.#waiting.delete(handler)
      connection.start(request, handler)
    }
  }

  /** Gives it no more streams; false if it had none to be given. */
  #retire(connection: Connection): boolean {
    const index = this.#usable.indexOf(connection)
    if (index !== -1) this.#usable.splice(index, 1)
    return index !== -1
  }

  #ping(): void {
    if (this.#now() - this.#pingedAtMs > OVERSLEPT_MS) this.#replaceAll()
    this.#pingedAtMs = this.#now()
    for (const connection of this.#all.keys()) connection.ping(PING_TIMEOUT_MS)
  }

  /** The machine slept: no connection is trusted with a new request before it answered a ping. */
  #replaceAll(): void {
    this.#pingedAtMs = this.#now()
    for (const connection of [...this.#usable]) {
      this.#retire(connection)
      connection.ping(PING_TIMEOUT_MS)
      connection.close()
    }
    this.#grow()
  }
}
