import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { once } from 'node:events'
import { networkInterfaces, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { RequestEntry, RequestsDocument } from '../../src/admin/documents.js'
import { REMEDIES, UPSTREAM_REMEDIES } from '../../src/admin/error-help.js'
import { startDemoProxy } from '../commands/start-demo-proxy.js'
import { projectFile } from '../project-file.js'
import { listenTo } from './event-reader.js'

async function get<Document>(url: string): Promise<Document> {
  return (await (await fetch(url)).json()) as Document
}

t.test('requests are told when they are over, the newest end first', async (t) => {
  const { admin, proxy } = await startDemoProxy(t, ['--allow', 'POST /v1/dag/status'])
  const answered = await fetch(`${proxy.listening}/v1/dag/status?secret=1`, {
    method: 'POST',
    body: '{"a":1}',
    headers: { 'x-request-id': 'first' },
  })
  const refused = await fetch(`${proxy.listening}/refused`, {
    headers: { 'x-request-id': 'second' },
  })
  const { inspect, requests } = await get<RequestsDocument>(`${admin}/requests`)
  t.equal(inspect, false)
  const [newest, oldest] = requests as [RequestEntry, RequestEntry]
  t.match(newest, {
    requestId: 'second',
    method: 'GET',
    path: '/refused',
    status: 403,
    source: 'proxy',
    code: 'NOT_ALLOWED',
    bytesDown: (await refused.text()).length,
    sent: 0,
  })
  t.match(oldest, {
    requestId: 'first',
    time: /^\d{4}-\d\d-\d\dT.*Z$/,
    method: 'POST',
    path: '/v1/dag/status',
    status: 400,
    source: 'upstream',
    code: null,
    durationMs: Number,
    bytesUp: 7,
    bytesDown: (await answered.text()).length,
    sent: 1,
    user: null,
  })
  t.same(Object.keys(oldest), [
    ...['requestId', 'time', 'method', 'path', 'status', 'source', 'code', 'durationMs'],
    ...['bytesUp', 'bytesDown', 'sent', 'user'],
  ])
  t.equal((await fetch(`${admin}/requests/first`)).status, 404, 'not without --inspect')
})

t.test('the last 500 are kept, and as many told as are asked for', async (t) => {
  const { admin, proxy } = await startDemoProxy(t, ['--read-only'])
  for (let i = 0; i < 510; i += 30) {
    const batch = Array.from({ length: 30 }, (_, at) =>
      fetch(`${proxy.listening}/refused`, {
        method: 'PUT',
        headers: { 'x-request-id': `${i + at}` },
      }),
    )
    await Promise.all(batch)
  }
  const count = async (query: string) =>
    (await get<RequestsDocument>(`${admin}/requests${query}`)).requests.length
  t.equal(await count(''), 100)
  t.equal(await count('?limit=1'), 1)
  t.equal(await count('?limit=500'), 500)
  const wrong = ['0', '501', '-1', '1.5', 'a', '', '1e2', '0x10', '007', '1&limit=2', '1000']
  for (const limit of wrong) {
    t.equal((await fetch(`${admin}/requests?limit=${limit}`)).status, 400, `limit=${limit}`)
  }
})

t.test('on a unix socket any one Host passes', async (t) => {
  const socketPath = join(mkdtempSync(join(tmpdir(), 'tailer-proxy-')), 'admin.sock')
  t.teardown(() => {
    rmSync(dirname(socketPath), { recursive: true })
  })
  await startDemoProxy(t, ['--admin', `unix:${socketPath}`])
  const asked = request({ socketPath, path: '/status', headers: { host: 'a.example' } }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  t.equal(answer.statusCode, 200)
})

t.test('who does not ask for HTML is told what there is', async (t) => {
  const { admin } = await startDemoProxy(t)
  const { paths } = await get<{ paths: string[] }>(`${admin}/`)
  for (const path of paths.filter((name) => name !== '/events')) {
    t.equal((await fetch(`${admin}${path}`)).status, 200, path)
  }
  t.same(paths.slice(0, 5), ['/', '/livez', '/readyz', '/metrics', '/status'])
  t.equal((await fetch(`${admin}/page/nothing.js`)).status, 404)
})

t.test("a page of the listener's own origin passes, one of another port does not", async (t) => {
  const { admin } = await startDemoProxy(t)
  const statusOf = async (headers: Record<string, string>) => {
    const asked = request(`${admin}/status`, { headers, agent: false }).end()
    const [answer] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }]
    answer.resume()
    return answer.statusCode
  }
  const { port } = new URL(admin)
  t.equal(await statusOf({ origin: admin }), 200)
  t.equal(await statusOf({ origin: admin, 'sec-fetch-site': 'same-origin' }), 200)
  t.equal(await statusOf({ host: `localhost:${port}`, origin: `http://localhost:${port}` }), 200)
  t.equal(await statusOf({ host: `localhost:${port}`, origin: admin }), 403)
  t.equal(await statusOf({ origin: 'http://127.0.0.1:1' }), 403)
  t.equal(await statusOf({ origin: admin.replace('http', 'https') }), 403)
  t.equal(await statusOf({ origin: 'null' }), 403)
  t.equal(await statusOf({ origin: admin, 'sec-fetch-site': 'cross-site' }), 403)
})

t.test('a page of an allowed origin may read the events like all else', async (t) => {
  const origin = 'http://localhost:3000'
  const { admin } = await startDemoProxy(t, ['--allowed-origin', origin])
  for (const path of ['/status', '/requests', '/events']) {
    const asked = request(`${admin}${path}`, { headers: { origin }, agent: false }).end()
    const [{ headers }] = (await once(asked, 'response')) as [IncomingMessage]
    t.match(headers, {
      'access-control-allow-origin': origin,
      vary: /Origin/,
      'cache-control': 'no-store',
    })
    asked.destroy()
  }
})

t.test('the page and the requests are for clients on this machine alone', async (t) => {
  const [outside] = Object.values(networkInterfaces())
    .flat()
    .filter((one) => one !== undefined && one.family === 'IPv4' && !one.internal)
  if (outside === undefined) {
    t.comment('this machine has no address but loopback: not tried')
    return
  }
  const { address } = outside
  const { admin } = await startDemoProxy(t, [
    ...['--admin', `${address}:0`, '--unsafe-listen', '--allowed-host', address],
  ])
  for (const path of ['/', '/requests', '/requests/a', '/events', '/history', '/page/page.js']) {
    const refused = await fetch(`${admin}${path}`, { headers: { accept: 'text/html' } })
    t.equal(refused.status, 403, path)
    t.notMatch(await refused.text(), /paths/)
  }
  for (const path of ['/livez', '/readyz', '/metrics', '/status']) {
    t.equal((await fetch(`${admin}${path}`)).status, 200, path)
  }
})

t.test('events tell the status at once, each request, and each change of the status', async (t) => {
  const { admin, proxy } = await startDemoProxy(t)
  const events = await listenTo(t, admin)
  t.match(events.response.headers, { 'content-type': 'text/event-stream' })
  const status = await events.until('status', () => true)
  t.match(status, { version: String, pid: process.pid, requests: { total: 0 } })
  await fetch(`${proxy.listening}/v1/nowhere?secret=1`, { headers: { 'x-request-id': 'mine' } })
  const entry = await events.until('request', () => true)
  t.match(entry, { requestId: 'mine', path: '/v1/nowhere', status: 404 })
  const later = await events.until('status', ({ requests }) => {
    return (requests as { total: number }).total === 1
  })
  t.same(Object.keys(later), Object.keys(status))
  t.equal(events.told('status').length, 2, 'and not that time goes by')
})

t.test('a busy proxy tells a listener of each request, in few pieces', async (t) => {
  const { admin, proxy } = await startDemoProxy(t, ['--read-only'])
  const events = await listenTo(t, admin)
  await events.until('status', () => true)
  const startedMs = performance.now()
  for (let i = 0; i < 300; i += 30) {
    await Promise.all(
      Array.from({ length: 30 }, () => fetch(`${proxy.listening}/a`, { method: 'PUT' })),
    )
  }
  await events.until('request', () => events.told('request').length === 300)
  const seconds = (performance.now() - startedMs) / 1000
  t.ok(events.arrivals.length <= 10 * seconds + 3, `${events.arrivals.length} in ${seconds} s`)
})

t.test('sixteen listen, the next is told to wait, and a place that is left is free', async (t) => {
  const { admin } = await startDemoProxy(t)
  const listeners = await Promise.all(Array.from({ length: 16 }, () => listenTo(t, admin)))
  const refused = await fetch(`${admin}/events`)
  t.equal(refused.status, 503)
  t.equal(refused.headers.get('retry-after'), '5')
  listeners[7]?.request.destroy()
  for (;;) {
    const { response, request: asked } = await listenTo(t, admin)
    if (response.statusCode === 200) break
    asked.destroy()
  }
  t.pass('a seventeenth that came later listens')
})

t.test('HEAD /events gives the header alone, and takes no place', async (t) => {
  const { admin } = await startDemoProxy(t)
  for (let i = 0; i < 17; i++) {
    const { status, headers } = await fetch(`${admin}/events`, { method: 'HEAD' })
    t.equal(status, 200)
    t.match(headers.get('content-type'), /^text\/event-stream/)
  }
})

t.test('a drain ends in time while a page listens', async (t) => {
  const { admin, proxy } = await startDemoProxy(t)
  const events = await listenTo(t, admin)
  await events.until('status', () => true)
  const startedMs = performance.now()
  const ended = new Promise((resolve) => events.response.once('close', resolve))
  t.equal(await proxy.drain(), 0)
  t.ok(performance.now() - startedMs < 2_000)
  await ended
})

t.test("what to do about an error is said in the README's words", (t) => {
  const readme = readFileSync(projectFile('README.md'), 'utf8')
  const [, table = ''] = /## When something is wrong\n([^]*?)\n## /.exec(readme) ?? []
  const said = new Map<string, string>()
  for (const [, seen = '', remedy = ''] of table.matchAll(/^\| (.+?) +\| (.+?) +\|$/gm)) {
    for (const [, code = ''] of seen.matchAll(/`([A-Z_]+)`/g)) said.set(code, remedy)
    const [, status] = /^(40[13]) from the upstream$/.exec(seen) ?? []
    if (status !== undefined) said.set(status, remedy)
  }
  t.same(Object.fromEntries(said), { ...REMEDIES, ...UPSTREAM_REMEDIES })
  t.end()
})
