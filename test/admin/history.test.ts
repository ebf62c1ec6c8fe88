import t from 'tap'
import { History } from '../../src/admin/history.js'
import { bucketOf, LATENCY_BUCKETS, percentileOf } from '../../src/admin/latency-buckets.js'
import { outcome } from './outcome.js'

/** A history whose clock and number of requests in flight are set by hand. */
function create() {
  const state = { nowMs: 1_700_000_000_000, inFlight: 0 }
  const history = new History({ inFlight: () => state.inFlight, now: () => state.nowMs })
  t.teardown(() => {
    history.stop()
  })
  return { state, history }
}

t.test('requests are told apart by how they ended, in the step in which they did', (t) => {
  const { state, history } = create()
  history.onOutcome(outcome())
  history.onOutcome(outcome({ status: 302 }))
  history.onOutcome(outcome({ status: 404 }))
  state.nowMs += 5_000
  history.onOutcome(outcome({ status: 500 }))
  history.onOutcome(outcome({ status: 502, source: 'proxy', code: 'UPSTREAM_TLS' }))
  history.onOutcome(outcome({ status: 200, code: 'UPSTREAM_RESET' }))
  history.onOutcome(outcome({ status: 499, source: 'proxy', code: 'CLIENT_CLOSED' }))
  const { outcomes, errors, stepSeconds, from } = history.read()
  t.equal(stepSeconds, 5)
  t.equal(from, 1_700_000_005 - 179 * 5)
  const last = (list: readonly unknown[]) => list.slice(-2)
  t.same(last(outcomes.ok), [2, 0])
  t.same(last(outcomes.clientError), [1, 0])
  t.same(last(outcomes.serverError), [0, 1])
  t.same(last(outcomes.proxyError), [0, 2], 'a truncated response is an error of the proxy')
  t.same(last(outcomes.clientClosed), [0, 1])
  t.same(Object.keys(errors).sort(), ['UPSTREAM_RESET', 'UPSTREAM_TLS'], 'codes that occurred')
  t.same(last(errors['UPSTREAM_TLS'] ?? []), [0, 1])
  for (const list of Object.values(outcomes)) t.equal(list.length, 180)
  t.end()
})

t.test('what is older than 15 minutes is forgotten, also where nothing came after it', (t) => {
  const { state, history } = create()
  history.onOutcome(outcome())
  state.nowMs += 14 * 60_000
  t.equal(
    history.read().outcomes.ok.reduce((sum, count) => sum + count),
    1,
  )
  state.nowMs += 60_000
  t.equal(
    history.read().outcomes.ok.reduce((sum, count) => sum + count),
    0,
  )
  t.same(
    history.read().latency.p50.filter((value) => value !== null),
    [],
  )
  state.nowMs += 24 * 60 * 60_000
  history.onOutcome(outcome({ status: 404 }))
  const { outcomes } = history.read()
  t.equal(
    outcomes.ok.reduce((sum, count) => sum + count),
    0,
    'the place is emptied for another',
  )
  t.equal(outcomes.clientError.at(-1), 1)
  t.end()
})

t.test('the most requests at once are seen as they end, and while they last', (t) => {
  const { state, history } = create()
  state.inFlight = 6
  history.onOutcome(outcome())
  state.inFlight = 2
  history.onOutcome(outcome())
  t.equal(history.read().inFlight.at(-1), 7)
  state.nowMs += 5_000
  history.sample()
  t.same(history.read().inFlight.slice(-2), [7, 2])
  t.end()
})

t.test('percentiles are right to a tenth, over all that a request may take', (t) => {
  for (const durationMs of [0.08, 0.5, 1, 7, 30, 333, 4_000, 299_000]) {
    const counts = new Uint32Array(LATENCY_BUCKETS)
    counts[bucketOf(durationMs)] = 1
    const read = percentileOf(counts, 0.5) ?? NaN
    t.ok(Math.abs(read / durationMs - 1) < 0.1, `${durationMs} is read as ${read}`)
  }
  t.equal(bucketOf(0), 0)
  t.equal(bucketOf(1e9), LATENCY_BUCKETS - 1)
  t.equal(percentileOf(new Uint32Array(LATENCY_BUCKETS), 0.5), null)

  const counts = new Uint32Array(LATENCY_BUCKETS)
  for (let ms = 1; ms <= 1000; ms++) counts[bucketOf(ms)]!++
  for (const part of [0.5, 0.95, 0.99]) {
    const read = percentileOf(counts, part) ?? NaN
    t.ok(Math.abs(read / (part * 1000) - 1) < 0.1, `p${part * 100} is ${read}`)
  }
  t.end()
})

t.test('of latencies only those of the upstream count', (t) => {
  const { history } = create()
  history.onOutcome(outcome({ source: 'proxy', status: 403, code: 'NOT_ALLOWED', durationMs: 0 }))
  t.equal(history.read().latency.p99.at(-1), null)
  history.onOutcome(outcome({ durationMs: 100 }))
  const p99 = history.read().latency.p99.at(-1) ?? NaN
  t.ok(Math.abs(p99 / 100 - 1) < 0.1)
  t.end()
})
