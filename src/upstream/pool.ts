import type { Connection, ConnectionObserver } from './connection.js'
import type { Dial } from './dial.js'
import { type ExchangeHandler, type RequestHead, type Upstream, UpstreamError } from './exchange.js'
import { KeepAlive, PING_INTERVAL_MS, PING_TIMEOUT_MS } from './keep-alive.js'
import { SpareWindow } from './http2/spare-window.js'
import { openConnection } from './open-connection.js'
import { Redial } from './redial.js'
import { type Clock, SleepWatch, systemClock } from './sleep-watch.js'
import { WaitingRequests } from './waiting-requests.js'

/** More connections than this to one origin help nobody: 100 streams each are usual. */
const MAX_CONNECTIONS = 8
/** A connection this old is replaced: the upstream's name may point elsewhere by now. */
const MAX_AGE_MS = 3_600_000

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
  clock?: Clock
}

/**
 * Owns the connections to the upstream: as few as their stream limits allow, one kept open ahead,
 * asked by PING whether they live, replaced when they say GOAWAY, are old, or have slept. It never
 * repeats a request: what failed is told to the handler, with whether it can have been processed.
 */
export class Pool implements Upstream {
  readonly #options: PoolOptions
  /** `:authority` of every request. */
  readonly #authority: string
  readonly #clock: Clock
  readonly #sleepWatch: SleepWatch
  readonly #keepAlive = new KeepAlive()
  readonly #redial = new Redial(() => {
    this.#grow()
  })
  readonly #observer: ConnectionObserver = {
    onReady: (connection) => {
      this.#all.add(connection)
    },
    onRoom: (connection) => {
      this.#serveWaiting(connection)
    },
    onCalmWanted: () => {
      this.#keepAlive.slowDown()
    },
    onDraining: (connection) => {
      if (this.#retire(connection)) this.#replace(connection)
    },
    onClosed: (connection, code) => {
      if (!this.#all.delete(connection)) return
      this.#options.observer.disconnected(code)
      if (this.#retire(connection)) this.#replace(connection)
    },
  }
  /** Those that may be given new streams. */
  readonly #usable: Connection[] = []
  readonly #all = new Set<Connection>()
  readonly #waiting = new WaitingRequests()
  readonly #spare = new SpareWindow()
  #dialing: Promise<void> | undefined
  readonly #ticker: NodeJS.Timeout
  #isClosed = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#authority = new URL(options.origin).host
    this.#clock = options.clock ?? systemClock
    this.#sleepWatch = new SleepWatch(this.#clock, PING_INTERVAL_MS + PING_TIMEOUT_MS)
    this.#ticker = setInterval(() => {
      this.tick()
    }, PING_INTERVAL_MS).unref()
  }

  get connections(): number {
    return this.#all.size
  }

  dispatch(request: RequestHead, handler: ExchangeHandler): void {
    if (this.#isClosed) {
      handler.onError(new UpstreamError('UPSTREAM_UNREACHABLE', 'closing'))
      return
    }
    if (this.#sleepWatch.hasSlept()) this.#replaceAll()
    for (const connection of this.#usable) {
      if (connection.hasRoom) {
        connection.start(request, handler)
        return
      }
    }
    this.#waiting.add(request, handler)
    this.#grow()
  }

  withdraw(handler: ExchangeHandler): void {
    this.#waiting.withdraw(handler)
  }

  async connect(): Promise<void> {
    this.#grow()
    await this.#dialing
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#ticker)
    this.#redial.stop()
    this.#waiting.fail(new UpstreamError('UPSTREAM_UNREACHABLE', 'closing'))
    for (const connection of this.#all) connection.close()
  }

  /** An interval of PINGs is over; called by a timer, and by tests. */
  tick(): void {
    if (this.#sleepWatch.hasSlept()) this.#replaceAll()
    const isDue = this.#keepAlive.tick()
    for (const connection of this.#all) {
      connection.forgive()
      if (isDue) connection.ping(PING_TIMEOUT_MS)
    }
    if (!this.#isBarren && this.#usable.some((each) => this.#isOld(each))) this.#open()
  }

  // Opening

  /** Opens one more connection, if none is being opened and another may help. */
  #grow(): void {
    if (this.#usable.length >= MAX_CONNECTIONS) return
    if (!this.#isBarren) this.#open()
  }

  /** A connection that lets us begin nothing says that another would not either. */
  get #isBarren(): boolean {
    return this.#usable.some(({ begun, hasRoom }) => begun === 0 && !hasRoom)
  }

  #open(): void {
    if (this.#isClosed || this.#dialing !== undefined) return
    this.#redial.stop()
    const { dial, connectTimeoutMs: timeoutMs, maxStreamId } = this.#options
    const opening = openConnection({
      ...{ dial, authority: this.#authority, timeoutMs, maxStreamId, observer: this.#observer },
      spare: this.#spare,
      nowMs: () => this.#clock.monotonic(),
      isUnwanted: () => this.#isClosed,
    })
    const dialing = opening.then(
      (connection) => {
        if (this.#dialing === dialing) this.#dialing = undefined
        this.#onOpened(connection)
      },
      (error: unknown) => {
        // Given up, as the machine slept: another took its place.
        if (this.#dialing !== dialing) return
        this.#dialing = undefined
        this.#onDialFailed(error as UpstreamError)
      },
    )
    this.#dialing = dialing
  }

  #onOpened(connection: Connection): void {
    this.#options.observer.connected()
    if (this.#isClosed) connection.close()
    // It may also have ended in the very turn in which it became ready.
    if (connection.isDraining) {
      this.#replace(connection)
      return
    }
    this.#usable.push(connection)
    if (connection.hasRoom) this.#replaceOld()
    this.#serveWaiting(connection)
    if (this.#waiting.size > 0) this.#grow()
  }

  #onDialFailed(error: UpstreamError): void {
    this.#redial.noteFailure()
    this.#options.observer.connectFailed(error)
    // While another connection serves, those who wait for more room go on waiting.
    if (this.#usable.length === 0) this.#giveUp(error)
  }

  /** Whoever comes next tries again at once, and nobody coming, we do after a pause. */
  #giveUp(error: UpstreamError): void {
    this.#waiting.fail(error)
    if (!this.#isClosed && this.#waiting.size === 0) this.#redial.later()
  }

  #serveWaiting(connection: Connection): void {
    while (connection.hasRoom) {
      const next = this.#waiting.take()
      if (next === undefined) return
      connection.start(next.request, next.handler)
    }
  }

  // Replacing

  /** Opens another one in its place: at once, unless the upstream drops what it just accepted. */
  #replace({ begun, openedAtMs }: Connection): void {
    this.#redial.noteLife(this.#clock.monotonic() - openedAtMs)
    if (!this.#redial.isFailing) this.#grow()
    else if (this.#waiting.size > 0 && (begun > 0 || !this.#redial.keepsFailing)) this.#grow()
    else if (this.#usable.length === 0 && this.#dialing === undefined) {
      this.#giveUp(new UpstreamError('UPSTREAM_UNREACHABLE', 'closed before a stream was opened'))
    }
  }

  /** Gives it no more streams; false if it had none to be given. */
  #retire(connection: Connection): boolean {
    const index = this.#usable.indexOf(connection)
    if (index !== -1) this.#usable.splice(index, 1)
    return index !== -1
  }

  #isOld({ openedAtMs }: Connection): boolean {
    return this.#clock.monotonic() - openedAtMs > MAX_AGE_MS
  }

  /** There is a new one: those that are old finish what they have begun. */
  #replaceOld(): void {
    for (const connection of this.#usable.filter((each) => this.#isOld(each))) {
      this.#retire(connection)
      connection.close()
    }
  }

  /** The machine slept: no connection is trusted with a request that it had before. */
  #replaceAll(): void {
    for (const connection of [...this.#usable]) {
      this.#retire(connection)
      connection.ping(PING_TIMEOUT_MS)
      connection.close()
    }
    this.#dialing = undefined
    this.#open()
  }
}
