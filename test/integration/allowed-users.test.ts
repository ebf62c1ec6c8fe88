import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { get, head } from '../corpus/vector.js'
import { freePort } from '../free-port.js'
import { openClient, parseAnswers } from './raw-client.js'
import { startUpstream } from './recording-upstream.js'
import { type Door, startDoor } from './start-door.js'
import { otherUsers, talkAs } from './talk-as.js'

/** A number that no user of a machine has. */
const NOBODY_HERE = '4000000000'
const SELF = userInfo().username
const LAST = 'Connection: close'

if (process.platform !== 'linux') {
  t.comment('no Linux: its tables of sockets are missing')
  process.exit(0)
}

const upstream = await startUpstream(t)

/** A client that sends what it is given, and is gone. */
const CALL_AND_GO = `
const [port, bytes] = process.argv.slice(1)
const socket = require('node:net').connect({ port, host: '127.0.0.1' })
socket.write(bytes, () => socket.destroy())
`

interface Line {
  readonly msg: string
  readonly path?: string
  readonly status?: number
  readonly code?: string
  readonly user?: string
}

/** A proxy for these users, and its log. */
async function startFor(
  t: Test,
  users: readonly string[],
  ...flags: string[]
): Promise<Door & { lines: Line[] }> {
  const lines: Line[] = []
  const all = [...users.flatMap((user) => ['--allowed-user', user]), ...flags]
  const door = await startDoor(t, all, upstream, (line) => lines.push(JSON.parse(line) as Line))
  return { ...door, lines }
}

const requestsIn = (lines: readonly Line[]): Line[] => lines.filter(({ msg }) => msg === 'request')

t.test('a program of an allowed user is served, and its user is in the log', async (t) => {
  for (const self of ['self', SELF, String(process.getuid?.())]) {
    const { port, lines } = await startFor(t, [NOBODY_HERE, self])
    const client = openClient(port)
    client.send(get('/a') + get('/b', LAST))
    t.match(await client.closed(), [{ status: 200 }, { status: 200 }], self)
    t.match(requestsIn(lines), [
      { path: '/a', user: SELF },
      { path: '/b', user: SELF },
    ])
  }
})

t.test('one of another user is refused, before all else, and its connection ends', async (t) => {
  const { port, lines } = await startFor(t, [NOBODY_HERE])
  const before = upstream.seen.length
  for (const [what, bytes] of [
    ['a request, and another behind it', get('/a') + get('/b')],
    ['another Host', head('GET /a HTTP/1.1', 'Host: evil')],
    ['no Host', head('GET /a HTTP/1.1')],
    ['a path that is not forwarded', get('/..')],
    ['a web page', get('/a', 'Origin: http://evil')],
    ['a WebSocket', get('/a', 'Connection: upgrade', 'Upgrade: websocket')],
    ['h2c', get('/a', 'Connection: upgrade', 'Upgrade: h2c')],
    ['CONNECT', head('CONNECT a:1 HTTP/1.1', 'Host: a:1')],
    ['TRACE', head('TRACE /a HTTP/1.1', 'Host: localhost')],
    ['a body that waits to be asked for', get('/a', 'Expect: 100-continue', 'Content-Length: 9')],
    ['a probe that is the admin listener’s', get('/livez')],
  ] as const) {
    const client = openClient(port)
    client.send(bytes)
    const answers = await client.closed()
    t.equal(answers.length, 1, what)
    t.match(answers, [{ status: 403, code: 'USER_NOT_ALLOWED' }], what)
    t.equal(answers[0]?.headers['connection'], 'close', what)
    t.match(answers[0]?.body, SELF, what)
  }
  t.equal(upstream.seen.length, before, 'nothing reached the upstream')
  t.equal(requestsIn(lines).length, 11, 'each is one line')
  for (const line of requestsIn(lines)) t.match(line, { code: 'USER_NOT_ALLOWED', user: SELF })
})

t.test('what the parser refuses is refused as ever', async (t) => {
  const { port } = await startFor(t, [NOBODY_HERE], '--client-header-timeout', '300ms')
  for (const [bytes, code] of [
    ['G\u0001T / HTTP/1.1\r\n\r\n', 'BAD_REQUEST'],
    [`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 'HEADERS_TOO_LARGE'],
    ['GET / HTTP/1.1\r\nHost: loc', 'REQUEST_TIMEOUT'],
  ] as const) {
    const client = openClient(port)
    client.send(bytes)
    t.match(await client.closed(), [{ code }])
  }
})

t.test('IPv6, and an IPv4 listener called by an IPv6 socket', async (t) => {
  for (const [listen, host] of [
    ['[::1]:0', '::1'],
    ['127.0.0.1:0', '::ffff:127.0.0.1'],
    ['[::ffff:127.0.0.1]:0', '127.0.0.1'],
    ['127.0.0.1:0', '127.0.0.1'],
  ] as const) {
    for (const [user, status] of [
      ['self', 200],
      [NOBODY_HERE, 403],
    ] as const) {
      const { port, lines } = await startFor(t, [user], '--listen', listen)
      const client = openClient({ host, port })
      client.send(get('/a', LAST))
      t.match(await client.closed(), [{ status }], `${host} to ${listen}`)
      t.match(requestsIn(lines), [{ user: SELF }])
    }
  }
})

t.test('a client that half-closes is still there; one that closed is nobody', async (t) => {
  const { port, lines } = await startFor(t, ['self'])
  const half = openClient(port)
  half.socket.end(get('/half', LAST))
  await half.closed()
  t.equal(requestsIn(lines)[0]?.user, SELF)

  // While this process waits for the other one, the kernel takes the connection; when it looks, the
  // client is gone.
  const before = upstream.seen.length
  const told = new Promise<Line>((resolve) => {
    lines.push = (line) => {
      if (line.path === '/gone') resolve(line)
      return 0
    }
  })
  const { status } = spawnSync(process.execPath, ['-e', CALL_AND_GO, `${port}`, get('/gone')])
  t.equal(status, 0)
  const line = await told
  t.match(line, { status: 403, code: 'USER_NOT_ALLOWED' })
  t.notOk('user' in line)
  t.equal(upstream.seen.length, before)
})

t.test('the admin listener has the same rule, but for probes', async (t) => {
  const adminPort = await freePort()
  await startFor(t, [NOBODY_HERE], '--admin', `127.0.0.1:${adminPort}`)
  const ask = async (bytes: string, method = 'GET'): Promise<number | undefined> => {
    const client = openClient(adminPort, [method])
    client.send(bytes)
    return (await client.closed())[0]?.status
  }
  for (const path of ['/livez', '/readyz', '/readyz?verbose']) {
    t.equal(await ask(get(path, LAST)), 200, path)
    t.equal(await ask(head(`HEAD ${path} HTTP/1.1`, 'Host: localhost', LAST), 'HEAD'), 200, path)
    t.equal(await ask(head(`GET ${path} HTTP/1.0`)), 200, `${path} of a load balancer`)
    t.equal(await ask(head(`GET ${path} HTTP/1.1`)), 400, 'HTTP/1.1 without Host')
    t.equal(await ask(head(`GET ${path} HTTP/1.0`, 'Host: evil')), 403, 'another Host')
    t.equal(await ask(head(`POST ${path} HTTP/1.1`, 'Host: localhost', LAST)), 403, 'POST')
  }
  for (const path of ['/', '/metrics', '/status', '/requests', '/events', '/livez/', '/livezz']) {
    t.equal(await ask(get(path, LAST)), 403, path)
    t.equal(await ask(head(`GET ${path} HTTP/1.0`)), 403, path)
  }
  const both = openClient(adminPort)
  both.send(get('/livez') + get('/metrics') + get('/livez'))
  t.match(await both.closed(), [{ status: 200 }, { status: 403 }])
})

t.test('without --allowed-user, HTTP/1.0 without Host is for probes alone', async (t) => {
  const adminPort = await freePort()
  const { port } = await startDoor(t, ['--admin', `127.0.0.1:${adminPort}`], upstream)
  for (const [at, path, status] of [
    [adminPort, '/livez', 200],
    [adminPort, '/readyz', 200],
    [adminPort, '/metrics', 400],
    [port, '/livez', 400],
  ] as const) {
    const client = openClient(at)
    client.send(head(`GET ${path} HTTP/1.0`))
    t.match(await client.closed(), [{ status }], path)
  }
})

t.test('a unix socket’s own mode says who may connect', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  const path = join(folder, 'a.sock')
  const adminPort = await freePort()
  const flags = ['--listen', `unix:${path}`, '--admin', `127.0.0.1:${adminPort}`]
  const { lines } = await startFor(t, [NOBODY_HERE], ...flags)
  const client = openClient({ path })
  client.send(get('/a', LAST))
  t.match(await client.closed(), [{ status: 200 }])
  t.notOk('user' in (requestsIn(lines)[0] ?? {}))
  const admin = openClient(adminPort)
  admin.send(get('/metrics', LAST))
  t.match(await admin.closed(), [{ status: 403 }], 'the TCP listener that remains')
})

t.test('a proxy that stops does not wait for who sent nothing', async (t) => {
  const { port } = await startFor(t, ['self'])
  const idle = Array.from({ length: 20 }, () => openClient(port))
  await Promise.all(idle.map(({ socket }) => once(socket, 'connect')))
  t.teardown(() => {
    for (const { socket } of idle) socket.destroy()
  })
})

t.test('users at once are never mixed up', async (t) => {
  const { users, missing } = otherUsers()
  if (missing !== undefined) {
    t.comment(missing)
    return
  }
  const [daemon = '', nobody = '', bin = ''] = users
  const { port, lines } = await startFor(t, [daemon, bin])
  const before = upstream.seen.length
  await Promise.all(
    users.map(async (user) => {
      const bytes = get(`/${user}/%`) + get(`/${user}/%/last`, LAST)
      const texts = await talkAs(user, { port, bytes, connections: 70 })
      for (const text of texts) {
        const statuses = parseAnswers(text).map(({ status }) => status)
        t.same(statuses, user === nobody ? [403] : [200, 200], user)
      }
    }),
  )
  const requests = requestsIn(lines)
  t.equal(requests.length, 70 * 5)
  t.ok(requests.every(({ path, user }) => path?.startsWith(`/${user ?? ''}/`)))
  t.equal(upstream.seen.length - before, 70 * 4)
  t.notOk(upstream.seen.some(({ path }) => path.startsWith(`/${nobody}`)))
})

t.test('a port that another user takes is asked for again', async (t) => {
  const { users, missing } = otherUsers()
  if (missing !== undefined) {
    t.comment(missing)
    return
  }
  const [daemon = '', nobody = ''] = users
  const { port } = await startFor(t, [daemon])
  const localPort = await freePort()
  const statusFor = async (user: string): Promise<unknown> => {
    const talk = { port, localPort, bytes: get('/a'), resets: true }
    const [text = ''] = await talkAs(user, talk)
    return /^HTTP\/1.1 ([0-9]+)/.exec(text)?.[1] ?? text
  }
  t.equal(await statusFor(daemon), '200')
  t.equal(await statusFor(nobody), '403')
  t.equal(await statusFor(daemon), '200')
})
