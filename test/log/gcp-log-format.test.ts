import pino from 'pino'
import t from 'tap'
import { GCP_FORMAT } from '../../src/log/gcp-log-format.js'

function logged(write: (log: pino.Logger) => void): Record<string, unknown> {
  let line = ''
  write(pino({ base: null, ...GCP_FORMAT }, { write: (text) => (line = text) }))
  return JSON.parse(line) as Record<string, unknown>
}

t.test('a line has the names of Cloud Logging', (t) => {
  const line = logged((log) => {
    log.warn({ retryInMs: 5 }, 'no token')
  })
  t.match(line, { severity: 'WARNING', message: 'no token', retryInMs: 5 })
  t.match(line['time'], /^20[0-9-]+T[0-9:.]+Z$/)
  t.notOk('level' in line || 'msg' in line)
  t.end()
})

t.test("a request's line has an httpRequest", (t) => {
  const line = logged((log) => {
    const request = { method: 'GET', path: '/v1/a', status: 502, durationMs: 12.5 }
    log.info({ requestId: 'abc', ...request, code: 'UPSTREAM_RESET' }, 'request')
  })
  t.match(line, {
    severity: 'INFO',
    message: 'request',
    requestId: 'abc',
    code: 'UPSTREAM_RESET',
    httpRequest: { requestMethod: 'GET', requestUrl: '/v1/a', status: 502, latency: '0.012500s' },
  })
  t.end()
})
