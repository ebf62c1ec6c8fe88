import pino from 'pino'
import t from 'tap'
import { PRETTY_FORMAT } from '../../src/log/pretty-log-format.js'

function logged(write: (log: pino.Logger) => void): Record<string, unknown> {
  let line = ''
  write(
    pino({ base: null, timestamp: false, ...PRETTY_FORMAT }, { write: (text) => (line = text) }),
  )
  return JSON.parse(line) as Record<string, unknown>
}

const REQUEST = {
  requestId: 'abc',
  method: 'POST',
  path: '/v1/dag/status',
  status: 200,
  source: 'upstream',
  code: undefined,
  reason: undefined,
  durationMs: 12.8,
}

t.test('a request is one line, with the reason if it failed', (t) => {
  t.same(
    logged((log) => {
      log.info(REQUEST, 'request')
    }),
    { level: 30, msg: 'POST /v1/dag/status 200 in 12.8 ms' },
  )
  const failed = { ...REQUEST, status: 502, code: 'UPSTREAM_RESET', reason: 'GOAWAY 2' }
  t.same(
    logged((log) => {
      log.warn(failed, 'request')
    }),
    {
      level: 40,
      msg: 'POST /v1/dag/status 502 in 12.8 ms: UPSTREAM_RESET, GOAWAY 2 (request abc)',
    },
  )
  t.end()
})

t.test('a path cannot move the cursor of a terminal', (t) => {
  const { msg } = logged((log) => {
    log.info({ ...REQUEST, path: '/\x9b31m\x1b]0;\u202e' }, 'request')
  })
  t.equal(msg, 'POST /?31m?]0;? 200 in 12.8 ms')
  t.end()
})

t.test('settings are a line each, with their sources', (t) => {
  const settings = {
    listen: { value: '127.0.0.1:1', source: '--listen' },
    allow: { value: ['GET /a', 'GET /b'], source: 'TAILER_PROXY_ALLOW' },
    exec: { value: undefined, source: 'default' },
  }
  t.match(
    logged((log) => {
      log.info({ settings }, 'settings')
    }),
    {
      msg: 'settings',
      listen: '127.0.0.1:1 (--listen)',
      allow: 'GET /a, GET /b (TAILER_PROXY_ALLOW)',
      exec: 'none (default)',
    },
  )
  t.end()
})

t.test('all else is as it was', (t) => {
  t.match(
    logged((log) => {
      log.warn({ reason: 'because' }, 'token not minted')
    }),
    { level: 40, reason: 'because', msg: 'token not minted' },
  )
  t.end()
})
