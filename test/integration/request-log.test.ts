/** The log has one line for each response that a client got, and none for one that it did not. */
import type { ServerHttp2Stream } from 'node:http2'
import pino from 'pino'
import t, { type Test } from 'tap'
import { logRequests } from '../../src/commands/log-requests.js'
import { PROXY_ERRORS } from '../../src/errors.js'
import type { Outcome } from '../../src/proxy/traffic.js'
import { type Answer, openClient } from './raw-client.js'
import { type Door, startDoor } from './start-door.js'

interface Logged extends Door {
  /** The lines of requests. */
  readonly lines: Record<string, unknown>[]
}

async function startLogged(t: Test, flags: readonly string[] = []): Promise<Logged> {
  const lines: Record<string, unknown>[] = []
  const door = await startDoor(t, flags, undefined, (line) => {
    const entry = JSON.parse(line) as Record<string, unknown>
    if (entry['msg'] === 'request') lines.push(entry)
  })
  return { ...door, lines }
}

const get = (path: string, fields = '') =>
  `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${fields}\r\n`

t.test(
  'whatever is refused, the level is info; what the proxy failed to do is a warning',
  async (t) => {
    const { port, lines, upstream } = await startLogged(t, [
      ...['--client-header-timeout', '200ms', '--require-header', 'x-key: 1'],
      ...['--allow', 'GET /a'],
    ])
    const key = 'x-key: 1\r\n'
    const refused = [
      [400, 'GET / HTTP/1.1\r\n\r\n'],
      [400, 'NO / HTTP/1.1\r\n\r\n'],
      [403, 'GET / HTTP/1.1\r\nhost: other\r\n\r\n'],
      [403, get('/', 'origin: null\r\n')],
      [403, get('/b', key)],
      [403, get('/a')],
      [405, get('/').replace('GET', 'TRACE')],
      [405, 'CONNECT a:1 HTTP/1.1\r\nhost: localhost\r\n\r\n'],
      [408, 'GET / HT'],
      [417, get('/a', `${key}expect: tea\r\n`)],
      [431, get('/a', `x: ${'x'.repeat(20_000)}\r\n`)],
      [501, get('/a', `${key}upgrade: websocket\r\nconnection: upgrade\r\n`)],
    ] as const
    for (const [status, request] of refused) {
      const client = openClient(port)
      client.send(request)
      t.match(await client.answers(1), [{ status }])
      client.socket.destroy()
      t.match(lines.pop(), { status, level: 30, source: 'proxy' })
    }
    upstream.answer = (stream) => {
      stream.close(2)
    }
    const client = openClient(port)
    client.send(get('/a', `${key}connection: close\r\n`))
    t.match(await client.closed(), [{ status: 502 }])
    t.match(lines, [{ status: 502, level: 40, code: 'UPSTREAM_RESET' }])
  },
)

t.test('headers that took too long have taken their time in the log, too', async (t) => {
  const { port, lines } = await startLogged(t, ['--client-header-timeout', '300ms'])
  const before = Date.now()
  const client = openClient(port)
  // On a connection that was used before, what counts is the request.
  client.send(get('/'))
  await client.answers(1)
  client.send('GET /late HT')
  t.match((await client.closed()).at(-1), { status: 408 })
  const { durationMs } = lines.at(-1) as { durationMs: number }
  t.ok(durationMs >= 300 && durationMs <= Date.now() - before, String(durationMs))
})

t.test('failures are logged where only warnings are wanted', (t) => {
  const lines: string[] = []
  const observer = logRequests(pino({ level: 'warn' }, { write: (line) => void lines.push(line) }))
  for (const code of ['UPSTREAM_RESET', 'HOST_NOT_ALLOWED'] as const) {
    observer.onOutcome({ status: PROXY_ERRORS[code][0], source: 'proxy', code } as Outcome)
  }
  t.match(
    lines.map((line) => JSON.parse(line) as object),
    [{ level: 40, status: 502 }],
  )
  t.equal(lines.length, 1)
  t.end()
})

/** An upstream whose responses wait until they are let go, in the order of their requests. */
async function startWaiting(t: Test) {
  const door = await startLogged(t, ['--drain-timeout', '10s'])
  const streams: ServerHttp2Stream[] = []
  door.upstream.answer = (stream) => void streams.push(stream)
  const client = openClient(door.port)
  return {
    ...{ ...door, client, streams },
    begin: (index: number) => {
      streams[index]?.respond({ ':status': 200 })
      streams[index]?.write('ok')
      return new Promise<void>((resolve) => {
        client.socket.on('data', () => {
          if (client.received.includes('\r\nok\r\n')) resolve()
        })
      })
    },
  }
}

const seen = (entries: readonly object[]) => entries.map((entry) => (entry as Answer).status)

t.test(
  'in a drain, a response does not end a connection on which another is awaited',
  async (t) => {
    const { upstream, client, streams, drain, begin, lines } = await startWaiting(t)
    client.send(get('/1') + get('/2'))
    await upstream.until(() => streams.length === 1)
    const drained = drain()
    await begin(0)
    streams[0]?.end('.')
    await upstream.until(() => streams.length === 2)
    await begin(1)
    streams[1]?.end('.')
    const answers = await client.closed()
    await drained
    t.same(seen(answers), [200, 200])
    t.equal(answers[0]?.headers['connection'], 'keep-alive')
    t.equal(answers[1]?.headers['connection'], 'close')
    t.same(seen(lines), [200, 200])
  },
)

t.test('in a drain, a request behind one that began before is refused, and logged', async (t) => {
  const { upstream, client, streams, drain, begin, lines } = await startWaiting(t)
  client.send(get('/1'))
  await upstream.until(() => streams.length === 1)
  await begin(0)
  const drained = drain()
  client.send(get('/2'))
  // The refusal waits for the first response, and its line with it.
  await new Promise(setImmediate)
  t.same(seen(lines), [])
  streams[0]?.end()
  t.match(await client.closed(), [{ status: 200 }, { status: 503, code: 'SHUTTING_DOWN' }])
  await drained
  t.same(seen(lines).sort(), [200, 503])
})

t.test(
  'a request behind a response that ends the connection gets no response and is not logged',
  async (t) => {
    const { upstream, client, streams, drain, begin, lines } = await startWaiting(t)
    client.send(get('/1'))
    await upstream.until(() => streams.length === 1)
    const drained = drain()
    await begin(0)
    client.send(get('/2'))
    streams[0]?.end()
    t.match(await client.closed(), [{ status: 200, headers: { connection: 'close' } }])
    await drained
    t.same(seen(lines), [200])
  },
)
