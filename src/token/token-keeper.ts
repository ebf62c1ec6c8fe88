import { backoffMs } from './backoff.js'
import { type Clock, systemClock } from './clock.js'
import { MintError, type TokenSource } from './token-source.js'
import type { Token } from './token.js'
import { usableUntil } from './usable-until.js'

/** A token is renewed when this much of its life is left, or a fifth of it if that is less. */
const RENEW_AHEAD_MS = 5 * 60_000
/** Up to this fraction is added, so that many proxies do not renew at once. */
const JITTER = 0.1
/** A source that neither returns a token nor fails is given up after this long. */
const MINT_DEADLINE_MS = 45_000
/** How often the wall clock is checked: timers stand still while the machine sleeps. */
const LOOK_MS = 10_000
/** A wall clock that moved this far from the monotonic one has jumped. */
const JUMP_MS = 10_000
/** A refused token is replaced only if it is older than this. */
const REFUSED_MIN_AGE_MS = 10_000
/** At most one mint for a refusal in this interval. */
const REFUSED_INTERVAL_MS = 30_000
/** Tokens that expire at once are not minted more often than this. */
const SHORTEST_PAUSE_MS = 1_000

/** What the keeper reports, for the log and the metrics. */
export interface KeeperObserver {
  minted(token: Token): void
  mintFailed(error: MintError, retryInMs: number): void
  clockJumped(byMs: number): void
}

export interface KeeperOptions {
  source: TokenSource
  observer: KeeperObserver
  /** Replaced in tests. Default: the system's. */
  clock?: Clock
  /** A number in [0, 1) for the jitter. Default: Math.random. */
  random?: () => number
}

/**
 * Owns the token's life: one mint at a time however many want it, renewed ahead of time in the
 * background, the old one used until shortly before it expires, failures retried with back-off. It
 * never serves an expired token, whatever the clock does.
 */
export class TokenKeeper {
  readonly #source: TokenSource
  readonly #observer: KeeperObserver
  readonly #clock: Clock
  readonly #random: () => number

  #token: Token | undefined
  #usableUntilMs = 0
  /** The same by the monotonic clock: setting the wall clock back revives no token. */
  #usableUntilMonotonicMs = 0
  #renewAtMs = 0
  /** The wall clock minus the monotonic one when last checked; it changes only in a jump. */
  #offsetMs = 0

  #minting: Promise<Token> | undefined
  /** Aborts the mint in progress. */
  #abandon: () => void = () => undefined
  /** Another mint must follow the one in progress. */
  #again = false
  #failures = 0
  #lastError: MintError | undefined
  #retryAtMs = -Infinity
  #lastRefusalMs = -Infinity
  #timer: unknown
  #stopped = false

  constructor({ source, observer, clock = systemClock, random = Math.random }: KeeperOptions) {
    this.#source = source
    this.#observer = observer
    this.#clock = clock
    this.#random = random
    this.#offsetMs = clock.now() - clock.monotonic()
  }

  /**
   * Tries the first mint and keeps the token fresh from then on. Resolves when the first try is
   * over, successful or not.
   * @throws {MintError} if the credentials can never work
   */
  async start(): Promise<void> {
    try {
      await this.#mint()
    } catch (error) {
      if (error instanceof MintError && error.permanent) throw error
    }
    this.#look()
  }

  /** The token, while it is usable: the hot path, without a promise. */
  current(): Token | undefined {
    const usable =
      this.#clock.now() < this.#usableUntilMs &&
      this.#clock.monotonic() < this.#usableUntilMonotonicMs
    return usable ? this.#token : undefined
  }

  /** Why the last mint failed; undefined after a successful one. */
  get lastError(): MintError | undefined {
    return this.#lastError
  }

  get renewing(): boolean {
    return this.#minting !== undefined
  }

  /** Milliseconds until the next try, mostly after a failure; at least 0. */
  get retryInMs(): number {
    return Math.max(0, this.#retryAtMs - this.#clock.monotonic())
  }

  /**
   * For when `current` returns undefined: waits for the mint in progress.
   * @throws {MintError} at once if there is none, or when it fails
   */
  async next(): Promise<Token> {
    if (this.#minting === undefined && this.retryInMs > 0)
      throw new MintError('no usable token, and none being minted')
    return this.#mint()
  }

  /**
   * The upstream responded to this token with 401. Returns one to retry with, minted once for all
   * who saw it; undefined where another would not help or was minted too recently.
   */
  async refused(token: Token): Promise<Token | undefined> {
    const held = this.#token
    if (held !== token) {
      // Some sources have only the one, or keep it for a while.
      return held?.headerValue === token.headerValue ? undefined : this.current()
    }
    if (this.#minting === undefined) {
      const now = this.#clock.monotonic()
      if (this.#clock.now() - token.receivedAtMs <= REFUSED_MIN_AGE_MS) return undefined
      if (now - this.#lastRefusalMs < REFUSED_INTERVAL_MS) return undefined
      this.#lastRefusalMs = now
    }
    try {
      const other = await this.#mint()
      return other.headerValue === token.headerValue ? undefined : other
    } catch {
      return undefined
    }
  }

  /**
   * Mints now, in the background, whatever is left of the current token: the credentials changed. A
   * mint in progress may still use the old ones, so another follows it.
   */
  renew(): void {
    if (this.#minting !== undefined) this.#again = true
    else this.#mint().catch(() => undefined)
  }

  stop(): void {
    this.#stopped = true
    this.#abandon()
    this.#clock.clear(this.#timer)
  }

  /** Joins the mint in progress, or begins one. */
  #mint(): Promise<Token> {
    this.#minting ??= this.#mintOnce().finally(() => {
      this.#minting = undefined
      if (this.#again && !this.#stopped) {
        this.#again = false
        this.renew()
      } else this.#schedule()
    })
    return this.#minting
  }

  async #mintOnce(): Promise<Token> {
    const giveUp = new AbortController()
    this.#abandon = () => {
      giveUp.abort()
    }
    const timer = this.#clock.schedule(this.#abandon, MINT_DEADLINE_MS)
    try {
      const token = await this.#raceMint(giveUp.signal)
      this.#keep(token)
      return token
    } catch (thrown) {
      const error =
        thrown instanceof MintError
          ? thrown
          : new MintError('the token could not be minted', { cause: thrown })
      this.#failures++
      this.#lastError = error
      const pauseMs = Math.max(backoffMs(this.#failures, this.#random()), error.retryAfterMs)
      this.#retryAtMs = this.#clock.monotonic() + pauseMs
      if (!this.#stopped) this.#observer.mintFailed(error, pauseMs)
      throw error
    } finally {
      this.#clock.clear(timer)
    }
  }

  /** A source that ignores the signal must not hold up everyone else. */
  #raceMint(signal: AbortSignal): Promise<Token> {
    const minted = this.#source.mint(signal)
    const givenUp = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(new MintError('the token was not minted in time'))
      })
    })
    return Promise.race([minted, givenUp])
  }

  #keep(token: Token): void {
    const usableUntilMs = usableUntil(token, this.#clock.now())
    const lifeMs = token.expiresAtMs - token.receivedAtMs
    const leftMs = usableUntilMs - this.#clock.now()
    this.#token = token
    this.#usableUntilMs = usableUntilMs
    this.#usableUntilMonotonicMs = this.#clock.monotonic() + leftMs
    const aheadMs = Math.min(RENEW_AHEAD_MS, lifeMs / 5) * (1 + JITTER * this.#random())
    this.#renewAtMs = Math.min(token.expiresAtMs - aheadMs, token.renewAtMs)
    this.#failures = 0
    this.#lastError = undefined
    this.#retryAtMs = this.#clock.monotonic() + SHORTEST_PAUSE_MS
    this.#observer.minted(token)
  }

  /** Checks both clocks and renews what is due. */
  #look(): void {
    const offsetMs = this.#clock.now() - this.#clock.monotonic()
    const jumpMs = offsetMs - this.#offsetMs
    this.#offsetMs = offsetMs
    const jumped = Math.abs(jumpMs) > JUMP_MS
    if (jumped) this.#observer.clockJumped(jumpMs)
    const due = this.#renewAtMs <= this.#clock.now() || this.current() === undefined
    if (jumped || (due && this.retryInMs === 0)) this.#mint().catch(() => undefined)
    else this.#schedule()
  }

  #schedule(): void {
    this.#clock.clear(this.#timer)
    if (this.#stopped) return
    const renewInMs = this.current() === undefined ? 0 : this.#renewAtMs - this.#clock.now()
    const dueMs = Math.max(renewInMs, this.retryInMs)
    this.#timer = this.#clock.schedule(
      () => {
        this.#look()
      },
      Math.max(0, Math.min(dueMs, LOOK_MS)),
    )
  }
}
