import type { Connection, ConnectionObserver } from './connection.js'
import type { Dial } from './dial.js'
import { type ExchangeHandler, type RequestHead, type Upstream, UpstreamError } from './exchange.js'
import { KeepAlive, PING_INTERVAL_MS, PING_TIMEOUT_MS } from './keep-alive.js'
import { SpareWindow } from './http2/spare-window.js'
import { openConnection } from './open-connection.js'
import { Redial } from './redial.js'
import { type Clock, SleepWatch, systemClock } from './sleep-watch.js'
import { WaitingRequests } from './waiting-requests.js'

/** More connections to one origin help nobody: 100 streams each are usual. */
const MAX_CONNECTIONS = 8
/** A connection this old is replaced: the upstream's name may point elsewhere by now. */
const MAX_AGE_MS = 3_600_000

/** What the pool reports, for the log. */
export interface PoolObserver {
  connected(): void
  connectFailed(error: UpstreamError): void
  disconnected(code: string): void
}

export interface PoolOptions {
  origin: string
  dial: Dial
  /** How long a new connection's SETTINGS may take, in milliseconds. */
  connectTimeoutMs: number
  observer: PoolObserver
  /** The highest stream id a connection may use; lowered in tests. */
  maxStreamId?: number
  clock?: Clock
}

/**
 * Owns the connections to the upstream: as few as their stream limits allow, one opened in advance.
 * They are checked by PING, and replaced on GOAWAY, when they are old, or after the machine slept.
 * It never repeats a request: the handler is told of a failure, and whether the request may have
 * been processed.
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
  /** Connections that take new streams. */
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

  /** A PING interval is over; called by a timer, and by tests. */
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

  /** Opens another connection, if none is being opened and another may help. */
  #grow(): void {
    if (this.#usable.length >= MAX_CONNECTIONS) return
    if (!this.#isBarren) this.#open()
  }

  /** If a new connection allows no streams at all, another would not either. */
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
        // Abandoned because the machine slept: another took its place.
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
    // It may also have closed in the very turn in which it became ready.
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
    // While another connection serves, those waiting for more room keep waiting.
    if (this.#usable.length === 0) this.#giveUp(error)
  }

  /** The next request dials again at once; without one, we do so after a pause. */
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

  /** Opens another in its place: at once, unless the upstream drops what it just accepted. */
  #replace({ begun, openedAtMs }: Connection): void {
    this.#redial.noteLife(this.#clock.monotonic() - openedAtMs)
    if (!this.#redial.isFailing) this.#grow()
    else if (this.#waiting.size > 0 && (begun > 0 || !this.#redial.keepsFailing)) this.#grow()
    else if (this.#usable.length === 0 && this.#dialing === undefined) {
      this.#giveUp(new UpstreamError('UPSTREAM_UNREACHABLE', 'closed before a stream was opened'))
    }
  }

  /** Gives it no more streams; false if it already took none. */
  #retire(connection: Connection): boolean {
    const index = this.#usable.indexOf(connection)
    if (index !== -1) this.#usable.splice(index, 1)
    return index !== -1
  }

  #isOld({ openedAtMs }: Connection): boolean {
    return this.#clock.monotonic() - openedAtMs > MAX_AGE_MS
  }

  /** There is a new one: old ones finish what they have begun. */
  #replaceOld(): void {
    for (const connection of this.#usable.filter((each) => this.#isOld(each))) {
      this.#retire(connection)
      connection.close()
    }
  }

  /** The machine slept: no connection from before is trusted with a request. */
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
