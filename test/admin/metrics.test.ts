import t from 'tap'
import { PROXY_ERRORS } from '../../src/errors.js'
import { createMetrics } from '../../src/admin/metrics.js'
import { Token } from '../../src/token/token.js'
import { version } from '../../src/version.js'

const OUTCOME = {
  requestId: 'a',
  method: 'GET',
  path: '/secret-path',
  status: 200,
  durationMs: 30,
  source: 'upstream',
  code: undefined,
  reason: undefined,
  startedAtMs: 0,
  bytesUp: 0,
  bytesDown: 0,
  sent: 1,
  user: undefined,
} as const

function create() {
  return createMetrics({
    inFlight: () => 3,
    upstreamConnections: () => 2,
    tokenExpiresAtMs: () => 1_700_000_000_000,
  })
}

t.test('metrics have the names and labels of the contract', async (t) => {
  const metrics = create()
  metrics.traffic.onOutcome(OUTCOME)
  metrics.traffic.onOutcome({ ...OUTCOME, status: 503, source: 'proxy', code: 'OVERLOADED' })
  metrics.traffic.onReplay('goaway')
  metrics.keeper.minted(new Token('abc', 0, 1))
  metrics.credentialsReloaded('error')
  const text = await metrics.text()
  for (const line of [
    'tailer_proxy_requests_total{method="GET",status="200",source="upstream"} 1',
    'tailer_proxy_requests_total{method="GET",status="503",source="proxy"} 1',
    'tailer_proxy_request_duration_seconds_bucket{le="0.025",source="upstream"} 0',
    'tailer_proxy_request_duration_seconds_bucket{le="0.05",source="upstream"} 1',
    'tailer_proxy_request_duration_seconds_sum{source="upstream"} 0.03',
    'tailer_proxy_errors_total{code="OVERLOADED"} 1',
    'tailer_proxy_replays_total{reason="goaway"} 1',
    'tailer_proxy_token_mints_total{result="ok"} 1',
    'tailer_proxy_token_mints_total{result="error"} 0',
    'tailer_proxy_credential_reloads_total{result="error"} 1',
    'tailer_proxy_requests_in_flight 3',
    'tailer_proxy_upstream_connections 2',
    'tailer_proxy_token_expires_timestamp_seconds 1700000000',
    `tailer_proxy_build_info{version="${version()}",node="${process.version}"} 1`,
  ]) {
    t.ok(text.split('\n').includes(line), line)
  }
  t.match(text, /^process_cpu_seconds_total /m)
  t.match(text, /^nodejs_version_info/m)
})

t.test(
  'requests that the upstream refuses are counted, those that the proxy refuses are not',
  async (t) => {
    const metrics = create()
    const refused = { ...OUTCOME, status: 403 }
    metrics.traffic.onOutcome(refused)
    metrics.traffic.onOutcome({ ...refused, status: 401 })
    metrics.traffic.onOutcome({ ...refused, source: 'proxy', code: 'NOT_ALLOWED' })
    const text = await metrics.text()
    t.match(text, /^tailer_proxy_upstream_refusals_total\{status="401"\} 1$/m)
    t.match(text, /^tailer_proxy_upstream_refusals_total\{status="403"\} 1$/m)
  },
)

t.test('paths and request ids make no series, however many there are', async (t) => {
  const metrics = create()
  metrics.traffic.onOutcome(OUTCOME)
  const before = (await metrics.text()).split('\n').length
  for (let i = 0; i < 1000; i++) {
    metrics.traffic.onOutcome({ ...OUTCOME, path: `/run/${i}`, requestId: `id-${i}` })
  }
  t.equal((await metrics.text()).split('\n').length, before)
})

t.test('a client that left is no error of the proxy', async (t) => {
  const metrics = create()
  metrics.traffic.onOutcome({ ...OUTCOME, status: 499, source: 'proxy', code: 'CLIENT_CLOSED' })
  t.notMatch(await metrics.text(), /^tailer_proxy_errors_total\{.* [1-9]/m)
})

t.test('what alerts look at is there from the start, at zero', async (t) => {
  const lines = (await create().text()).split('\n')
  const zero = [
    ...Object.keys(PROXY_ERRORS).map((code) => `tailer_proxy_errors_total{code="${code}"}`),
    ...['401', '403'].map((status) => `tailer_proxy_upstream_refusals_total{status="${status}"}`),
    ...['connect', 'refused', 'goaway', 'unauthorized'].map(
      (reason) => `tailer_proxy_replays_total{reason="${reason}"}`,
    ),
    ...['ok', 'error'].flatMap((result) => [
      `tailer_proxy_token_mints_total{result="${result}"}`,
      `tailer_proxy_credential_reloads_total{result="${result}"}`,
    ]),
    ...['upstream', 'proxy'].map(
      (source) => `tailer_proxy_request_duration_seconds_count{source="${source}"}`,
    ),
  ]
  for (const name of zero) t.ok(lines.includes(`${name} 0`), name)
})

t.test('a request too broken to have a method has a label all the same', async (t) => {
  const metrics = create()
  metrics.traffic.onOutcome({ ...OUTCOME, method: '', status: 400, code: 'BAD_REQUEST' })
  t.match(await metrics.text(), 'tailer_proxy_requests_total{method="none",status="400"')
})
