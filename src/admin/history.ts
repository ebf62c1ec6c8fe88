import { PROXY_ERRORS } from '../errors.js'
import type { Outcome, TrafficObserver } from '../proxy/traffic.js'
import type { HistoryDocument, OutcomeKind } from './documents.js'
import { bucketOf, LATENCY_BUCKETS, percentileOf } from './latency-buckets.js'

const STEP_MS = 5_000
/** 15 minutes. */
const STEPS = 180

const KINDS = ['ok', 'clientError', 'serverError', 'proxyError', 'clientClosed'] as const
const CODES = Object.keys(PROXY_ERRORS)
const CODE_INDEX = new Map(CODES.map((code, index) => [code, index]))

export interface HistoryOptions {
  /** Requests in flight now. */
  readonly inFlight: () => number
  /** The wall clock, in milliseconds; replaced in tests. */
  readonly now?: () => number
}

/**
 * Owns the last 15 minutes of traffic, for the page's plots: counts in steps of 5 s, in arrays of
 * fixed size, whatever the traffic.
 */
export class History implements TrafficObserver {
  readonly #inFlightNow: () => number
  readonly #now: () => number
  /** The step since the epoch that each place holds. */
  readonly #steps = new Float64Array(STEPS)
  readonly #outcomes = new Uint32Array(STEPS * KINDS.length)
  readonly #latencies = new Uint32Array(STEPS * LATENCY_BUCKETS)
  readonly #errors = new Uint32Array(STEPS * CODES.length)
  readonly #inFlight = new Uint32Array(STEPS)
  readonly #sampler: NodeJS.Timeout

  constructor({ inFlight, now = Date.now }: HistoryOptions) {
    this.#inFlightNow = inFlight
    this.#now = now
    // Nothing else notices requests that last longer than a step.
    this.#sampler = setInterval(() => {
      this.sample()
    }, STEP_MS).unref()
  }

  onOutcome({ status, source, code, durationMs }: Outcome): void {
    const place = this.#place()
    const kind = KINDS.indexOf(kindOf(status, code))
    this.#add(this.#outcomes, place * KINDS.length + kind)
    if (source === 'upstream') {
      this.#add(this.#latencies, place * LATENCY_BUCKETS + bucketOf(durationMs))
    }
    const error = code === undefined ? undefined : CODE_INDEX.get(code)
    if (error !== undefined) this.#add(this.#errors, place * CODES.length + error)
    // This one was in flight until now.
    this.#raiseInFlight(place, this.#inFlightNow() + 1)
  }

  onReplay(): void {
    // The outcome follows.
  }

  /** Samples how many requests are in flight. */
  sample(): void {
    this.#raiseInFlight(this.#place(), this.#inFlightNow())
  }

  stop(): void {
    clearInterval(this.#sampler)
  }

  read(): HistoryDocument {
    this.sample()
    const first = Math.floor(this.#now() / STEP_MS) - STEPS + 1
    /** The place of each step, oldest first; undefined if nothing was counted in it. */
    const places = Array.from({ length: STEPS }, (_, index) => {
      const place = (first + index) % STEPS
      return this.#steps[place] === first + index ? place : undefined
    })
    const listOf = (counts: Uint32Array, width: number, column: number): number[] =>
      places.map((place) => (place === undefined ? 0 : (counts[place * width + column] ?? 0)))
    const percentiles = (part: number): (number | null)[] =>
      places.map((place) => {
        if (place === undefined) return null
        const start = place * LATENCY_BUCKETS
        return percentileOf(this.#latencies.subarray(start, start + LATENCY_BUCKETS), part)
      })
    const kinds = KINDS.map((kind, at) => [kind, listOf(this.#outcomes, KINDS.length, at)])
    const errors = CODES.map((code, at) => [code, listOf(this.#errors, CODES.length, at)] as const)
    return {
      stepSeconds: STEP_MS / 1000,
      from: (first * STEP_MS) / 1000,
      outcomes: Object.fromEntries(kinds) as Record<OutcomeKind, number[]>,
      latency: { p50: percentiles(0.5), p95: percentiles(0.95), p99: percentiles(0.99) },
      inFlight: listOf(this.#inFlight, 1, 0),
      errors: Object.fromEntries(errors.filter(([, counts]) => counts.some((count) => count > 0))),
    }
  }

  /** The current step's place, cleared if it still holds a step from 15 minutes ago. */
  #place(): number {
    const step = Math.floor(this.#now() / STEP_MS)
    const place = step % STEPS
    if (this.#steps[place] !== step) {
      this.#steps[place] = step
      this.#outcomes.fill(0, place * KINDS.length, (place + 1) * KINDS.length)
      this.#latencies.fill(0, place * LATENCY_BUCKETS, (place + 1) * LATENCY_BUCKETS)
      this.#errors.fill(0, place * CODES.length, (place + 1) * CODES.length)
      this.#inFlight[place] = 0
    }
    return place
  }

  #add(counts: Uint32Array, at: number): void {
    counts[at] = (counts[at] ?? 0) + 1
  }

  #raiseInFlight(place: number, inFlight: number): void {
    if (inFlight > (this.#inFlight[place] ?? 0)) this.#inFlight[place] = inFlight
  }
}

function kindOf(status: number, code: Outcome['code']): OutcomeKind {
  if (code === 'CLIENT_CLOSED') return 'clientClosed'
  if (code !== undefined) return 'proxyError'
  if (status >= 500) return 'serverError'
  return status >= 400 ? 'clientError' : 'ok'
}
