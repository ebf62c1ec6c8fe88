import { Roster } from '../roster.js'
import type { Unprocessed } from '../upstream/exchange.js'
import type { ProxyErrorCode } from '../errors.js'

/** How often requests in flight are checked for timeouts, in milliseconds. */
const TICK_MS = 200
/** How long clients have to read their last responses at shutdown, in milliseconds. */
const LAST_WORDS_MS = 1_000
/** How many of our tokens are redacted in what is reported: those that programs may still hold. */
const MAX_SECRETS = 8

/** A request in flight, as the traffic sees it. */
export interface InFlight {
  /** Gives up if it took too long. */
  checkTimeouts(nowMs: number): void
  /** Ends it at once: the proxy is shutting down, and out of time. */
  shutDown(): void
  /** Its place in the traffic's roster. */
  place: number
}

/** How a request ended. */
export interface Outcome {
  readonly requestId: string
  readonly method: string
  /** Without query. */
  readonly path: string
  /** As the client saw it; 499 if it left before it had the complete response. */
  readonly status: number
  /** When the request began: wall clock, in milliseconds. */
  readonly startedAtMs: number
  readonly durationMs: number
  /** Who responded. */
  readonly source: 'upstream' | 'proxy'
  /** The proxy's error, including one that truncated a response. */
  readonly code: ProxyErrorCode | 'CLIENT_CLOSED' | undefined
  /** For the log: details of an error about the upstream. */
  readonly reason: string | undefined
  /** Body bytes from the client. */
  readonly bytesUp: number
  /** Content bytes to the client. */
  readonly bytesDown: number
  /** How often the request was sent upstream: 0, 1 or 2 times. */
  readonly sent: number
  /** The user whose program called, if known. */
  readonly user: string | undefined
}

/** What is notified of outcomes and replays: the request log and the metrics. */
export interface TrafficObserver {
  onOutcome(outcome: Outcome): void
  onReplay(reason: Unprocessed | 'unauthorized'): void
}

/** Owns the requests in flight: their number, their timeouts, their end. */
export class Traffic {
  readonly #inFlight = new Roster<InFlight>()
  readonly #observers: readonly TrafficObserver[]
  readonly #tickMs: number
  /** Newest last. */
  #secrets: readonly string[] = []
  #ticker: NodeJS.Timeout | undefined
  #idle: (() => void) | undefined
  /** Monotonic milliseconds as of the last tick: good enough for timeouts, and free. */
  nowMs = performance.now()
  total = 0
  /** The proxy's own 5xx responses. */
  errors = 0
  /** No new requests are taken. */
  draining = false

  constructor(observers: readonly TrafficObserver[], tickMs = TICK_MS) {
    this.#observers = observers
    this.#tickMs = tickMs
  }

  /**
   * Redacts this token of ours from now on in every reported path and id: a client may put it
   * there.
   */
  conceal(token: string): void {
    const others = this.#secrets.filter((known) => known !== token)
    this.#secrets = [...others, token].slice(-MAX_SECRETS)
  }

  /** Whether the text contains a token of ours. */
  holdsSecret(text: string): boolean {
    return this.#secrets.some((token) => text.includes(token))
  }

  get inFlight(): number {
    return this.#inFlight.size
  }

  begin(request: InFlight): void {
    this.total++
    this.#inFlight.add(request)
    if (this.#ticker === undefined) {
      this.nowMs = performance.now()
      this.#ticker = setInterval(() => {
        this.#tick()
      }, this.#tickMs).unref()
    }
  }

  end(request: InFlight, outcome: Outcome): void {
    this.#inFlight.delete(request)
    this.#told(outcome)
    if (this.#inFlight.size === 0) this.#idle?.()
  }

  /** Reports a request that was never in flight: refused, or a preflight. */
  refuse(outcome: Outcome): void {
    this.total++
    this.#told(outcome)
  }

  replayed(reason: Unprocessed | 'unauthorized'): void {
    for (const observer of this.#observers) observer.onReplay(reason)
  }

  /**
   * Takes no new requests, and resolves once none is in flight; those left after `timeoutMs` are
   * ended. Returns how many were.
   */
  async drain(timeoutMs: number): Promise<number> {
    this.draining = true
    await this.#idleWithin(timeoutMs)
    const aborted = this.abortAll()
    // Gives those last responses time to reach their clients.
    if (aborted > 0) await this.#idleWithin(LAST_WORDS_MS)
    return aborted
  }

  /** Ends everything in flight; returns how many requests that was. */
  abortAll(): number {
    const left = [...this.#inFlight]
    for (const request of left) request.shutDown()
    return left.length
  }

  #idleWithin(timeoutMs: number): Promise<void> {
    if (this.#inFlight.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      this.#idle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #told(outcome: Outcome): void {
    if (outcome.source === 'proxy' && outcome.status >= 500) this.errors++
    const { path, requestId } = outcome
    const isTelling = this.holdsSecret(path) || this.holdsSecret(requestId)
    const told = isTelling
      ? { ...outcome, path: this.#redact(path), requestId: this.#redact(requestId) }
      : outcome
    for (const observer of this.#observers) observer.onOutcome(told)
  }

  #redact(text: string): string {
    return this.#secrets.reduce((rest, token) => rest.replaceAll(token, '[redacted]'), text)
  }

  #tick(): void {
    if (this.#inFlight.size === 0) {
      clearInterval(this.#ticker)
      this.#ticker = undefined
      return
    }
    this.nowMs = performance.now()
    for (const request of this.#inFlight) request.checkTimeouts(this.nowMs)
  }
}
