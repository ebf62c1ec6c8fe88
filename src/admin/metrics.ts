import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { PROXY_ERRORS } from '../errors.js'
import type { TrafficObserver } from '../proxy/traffic.js'
import type { KeeperObserver } from '../token/token-keeper.js'
import { version } from '../version.js'

/** In seconds: from a cached response to the 5 minutes that Cloud Run allows. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** Why a request is sent upstream a second time. */
const REPLAYS: readonly Parameters<TrafficObserver['onReplay']>[0][] = [
  'connect',
  'refused',
  'goaway',
  'unauthorized',
]

/** What is read when metrics are scraped, and costs nothing in between. */
export interface MetricSources {
  inFlight(): number
  upstreamConnections(): number
  /** Milliseconds since the epoch; undefined without a token, Infinity if it never expires. */
  tokenExpiresAtMs(): number | undefined
}

export interface Metrics {
  readonly traffic: TrafficObserver
  readonly keeper: Pick<KeeperObserver, 'minted' | 'mintFailed'>
  /** A key or token file changed, and was accepted or rejected. */
  credentialsReloaded(result: 'ok' | 'error'): void
  readonly contentType: string
  /** The Prometheus text format. */
  text(): Promise<string>
}

/**
 * Owns the metrics; the contract prescribes names and labels. No label value comes from a client
 * except the method, which the parser restricts. Counting an outcome takes about 0.3 µs.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const requests = new Counter({
    name: 'tailer_proxy_requests_total',
    help: 'Requests, by who responded',
    labelNames: ['method', 'status', 'source'],
    registers,
  })
  const durations = new Histogram({
    name: 'tailer_proxy_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its response',
    labelNames: ['source'],
    buckets: DURATION_BUCKETS,
    registers,
  })
  const errors = new Counter({
    name: 'tailer_proxy_errors_total',
    help: 'Errors made by the proxy',
    labelNames: ['code'],
    registers,
  })
  const replays = new Counter({
    name: 'tailer_proxy_replays_total',
    help: 'Requests sent upstream a second time, by what made that safe',
    labelNames: ['reason'],
    registers,
  })
  const refusals = new Counter({
    name: 'tailer_proxy_upstream_refusals_total',
    help: 'Requests that the upstream refused with 401 or 403',
    labelNames: ['status'],
    registers,
  })
  const mints = new Counter({
    name: 'tailer_proxy_token_mints_total',
    help: 'Tries to mint a token',
    labelNames: ['result'],
    registers,
  })
  const reloads = new Counter({
    name: 'tailer_proxy_credential_reloads_total',
    help: 'Changes of a credential file that were seen',
    labelNames: ['result'],
    registers,
  })
  new Gauge({
    name: 'tailer_proxy_build_info',
    help: 'What runs: always 1',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version: version(), node: process.version }, 1)
  // A missing series cannot increase from zero: an alert would miss its first occurrence.
  for (const result of ['ok', 'error']) {
    mints.inc({ result }, 0)
    reloads.inc({ result }, 0)
  }
  for (const code of Object.keys(PROXY_ERRORS)) errors.inc({ code }, 0)
  for (const reason of REPLAYS) replays.inc({ reason }, 0)
  for (const status of [401, 403]) refusals.inc({ status }, 0)
  for (const source of ['upstream', 'proxy']) durations.zero({ source })
  const gauge = (name: string, help: string, look: () => number): void => {
    const made: Gauge = new Gauge({
      name,
      help,
      registers,
      collect: () => {
        made.set(look())
      },
    })
  }
  gauge('tailer_proxy_requests_in_flight', 'Requests in progress', () => sources.inFlight())
  gauge('tailer_proxy_upstream_connections', 'Open HTTP/2 connections to the upstream', () =>
    sources.upstreamConnections(),
  )
  gauge(
    'tailer_proxy_token_expires_timestamp_seconds',
    'When the token expires, in Unix time; 0 without one, +Inf if it never does',
    () => (sources.tokenExpiresAtMs() ?? 0) / 1000,
  )

  return {
    traffic: {
      onOutcome({ method, status, source, durationMs, code }) {
        // A request too malformed to have a method has an empty one, which Prometheus treats as no
        // label.
        requests.inc({ method: method || 'none', status, source })
        durations.observe({ source }, durationMs / 1000)
        if (source === 'upstream' && (status === 401 || status === 403)) refusals.inc({ status })
        // A client that left is not an error of the proxy's; its status 499 shows it.
        if (code !== undefined && code !== 'CLIENT_CLOSED') errors.inc({ code })
      },
      onReplay(reason) {
        replays.inc({ reason })
      },
    },
    keeper: {
      minted() {
        mints.inc({ result: 'ok' })
      },
      mintFailed() {
        mints.inc({ result: 'error' })
      },
    },
    credentialsReloaded(result) {
      reloads.inc({ result })
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}
