import { useMemo } from 'preact/hooks'
import type { HistoryDocument } from '../admin/documents.js'
import { formatDuration, formatRate } from './format.js'
import { OUTCOMES } from './outcome.js'
import { Plot, type Series } from './plot.js'

const OUTCOME_COLORS = {
  ok: '--ok',
  clientError: '--client-error',
  serverError: '--server-error',
  proxyError: '--proxy-error',
  clientClosed: '--client-closed',
} as const
/** For error codes, in their order. */
const CODE_COLORS = ['--code-1', '--code-2', '--code-3', '--code-4', '--code-5', '--code-6']

export interface PlotsProps {
  readonly history: HistoryDocument | undefined
  readonly uptimeSeconds: number
}

/** Owns the plots of the last 15 minutes, or of the time since the proxy started. */
export function Plots({ history, uptimeSeconds }: PlotsProps) {
  const drawn = useMemo(() => history && drawingsOf(history, uptimeSeconds), [history])
  if (drawn === undefined) return null
  const { times, rates, latencies, errors, inFlight, total } = drawn
  const none = 'No requests in the last 15 minutes'
  return (
    <section class="plots" aria-label="The last 15 minutes" tabIndex={0}>
      <Plot
        {...{ times, series: rates, isStacked: true, least: 1, empty: none }}
        title="Requests per second"
        summary={`${total.requests} in the last 15 minutes`}
        format={formatRate}
      />
      <Plot
        {...{ times, series: latencies, least: 10 }}
        title="Latency in ms"
        empty="No responses from the API in the last 15 minutes"
        summary={`at most ${formatDuration(total.worst)} for 99 of 100`}
        format={formatDuration}
      />
      <Plot
        {...{ times, series: errors, isStacked: true, least: 2 }}
        title="Proxy errors by code"
        summary={`${total.errors} in the last 15 minutes`}
        format={String}
        empty="No errors in the last 15 minutes"
      />
      <Plot
        {...{ times, series: inFlight, isStacked: true, least: 2, empty: none }}
        title="In flight"
        summary={`at most ${total.most} at once`}
        format={String}
      />
    </section>
  )
}

/** The least that is drawn for a proxy that has just started. */
const LEAST_STEPS = 24

function drawingsOf(history: HistoryDocument, uptimeSeconds: number) {
  const { stepSeconds, outcomes, latency, errors } = history
  const steps = Math.max(LEAST_STEPS, Math.ceil(uptimeSeconds / stepSeconds) + 1)
  const first = Math.max(0, history.inFlight.length - steps)
  const inFlight = history.inFlight.slice(first)
  const times = inFlight.map((_count, at) => history.from + (first + at) * stepSeconds)
  const rates = OUTCOMES.map(({ kind, name }) => {
    const values = outcomes[kind].slice(first).map((count) => count / stepSeconds)
    return { name, color: OUTCOME_COLORS[kind], values }
  })
  const used = rates.filter(({ values, name }) => name === 'OK' || values.some((rate) => rate > 0))
  const codes = Object.entries(errors).map(([name, values], at): Series => ({
    name,
    color: CODE_COLORS[at % CODE_COLORS.length] ?? '--code-1',
    values: values.slice(first),
  }))
  const counts = Object.values(outcomes)
  return {
    times,
    rates: used,
    latencies: (['p50', 'p95', 'p99'] as const).map((name): Series => {
      return { name, color: `--${name}`, values: latency[name].slice(first) }
    }),
    errors: codes,
    inFlight: [{ name: 'requests', color: '--in-flight', values: inFlight }],
    total: {
      requests: counts.flat().reduce((sum, count) => sum + count, 0),
      errors: Object.values(errors)
        .flat()
        .reduce((sum, count) => sum + count, 0),
      worst: Math.max(0, ...latency.p99.map((value) => value ?? 0)),
      most: Math.max(0, ...inFlight),
    },
  }
}
