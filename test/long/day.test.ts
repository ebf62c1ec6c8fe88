import t from 'tap'
import { createMetrics } from '../../src/admin/metrics.js'
import type { Clock } from '../../src/token/clock.js'
import { TokenKeeper } from '../../src/token/token-keeper.js'
import { Token } from '../../src/token/token.js'
import { MintError } from '../../src/token/token-source.js'

const HOUR_MS = 3_600_000

/** A clock that stands still until it is told to run. */
class FastClock implements Clock {
  #nowMs = Date.parse('2030-01-01T00:00:00Z')
  readonly #timers = new Map<symbol, { atMs: number; callback: () => void }>()
  mostTimers = 0

  now(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  schedule(callback: () => void, ms: number): symbol {
    const timer = Symbol('timer')
    this.#timers.set(timer, { atMs: this.#nowMs + ms, callback })
    this.mostTimers = Math.max(this.mostTimers, this.#timers.size)
    return timer
  }

  clear(timer: unknown): void {
    this.#timers.delete(timer as symbol)
  }

  get timers(): number {
    return this.#timers.size
  }

  /** Runs the timers of that time in order, and lets what they began settle. */
  async run(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    for (;;) {
      const due = [...this.#timers].sort(([, one], [, other]) => one.atMs - other.atMs)[0]
      if (due === undefined || due[1].atMs > endMs) break
      this.#timers.delete(due[0])
      this.#nowMs = due[1].atMs
      due[1].callback()
      await new Promise(setImmediate)
    }
    this.#nowMs = endMs
  }
}

t.test(
  'a day leaves no timers, listeners or series behind, and the token is always usable',
  async (t) => {
    const clock = new FastClock()
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    t.teardown(() => process.off('warning', onWarning))
    let mints = 0
    const metrics = createMetrics({
      inFlight: () => 0,
      upstreamConnections: () => 1,
      tokenExpiresAtMs: () => keeper.current()?.expiresAtMs,
    })
    const keeper = new TokenKeeper({
      clock,
      observer: { ...metrics.keeper, clockJumped: () => undefined },
      source: {
        mint() {
          mints++
          // An endpoint that is down now and then, as in real life.
          if (mints % 5 === 0) return Promise.reject(new MintError('down'))
          return Promise.resolve(new Token(`t${mints}`, clock.now(), clock.now() + HOUR_MS))
        },
      },
    })
    await keeper.start()
    // Node's own come and go with what it happens to do, such as kinds of garbage collection.
    const series = async () => (await metrics.text()).match(/^tailer_proxy_/gm)?.length
    await clock.run(HOUR_MS)
    const [timersBefore, seriesBefore] = [clock.timers, await series()]
    for (let minute = 60; minute < 24 * 60; minute++) {
      await clock.run(60_000)
      if (keeper.current() === undefined) t.fail(`no usable token after ${minute} minutes`)
      metrics.traffic.onOutcome({
        requestId: `${minute}`,
        method: 'GET',
        path: `/v1/runs/${minute}`,
        status: 200,
        durationMs: minute,
        source: 'upstream',
        code: undefined,
        reason: undefined,
      })
    }
    t.ok(mints >= 26 && mints <= 40, `${mints} mints`)
    t.equal(clock.timers, timersBefore)
    t.ok(clock.mostTimers <= 3, `${clock.mostTimers} timers at most`)
    // The first request made the series of its labels; no other did.
    const ofOneRequest = 1 + 17
    t.equal(await series(), (seriesBefore ?? 0) + ofOneRequest)
    t.same(warnings, [])
    keeper.stop()
    t.equal(clock.timers, 0)
  },
)
