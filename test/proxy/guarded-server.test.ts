/** What never reaches a route, by raw clients: who is told what, and what becomes of the connection. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { AllowedHosts } from '../../src/access/allowed-hosts.js'
import { createGuard, type GuardOptions } from '../../src/access/guard.js'
import type { Caller, Callers, LookAtEnds } from '../../src/access/users/callers.js'
import { conversationOf, type Responder, takeTurn } from '../../src/proxy/conversation.js'
import { createGuardedServer } from '../../src/proxy/guarded-server.js'
import type { RequestFault } from '../../src/proxy/failure.js'
import type { Outcome } from '../../src/proxy/traffic.js'
import { closed } from '../closed.js'
import { get, head, post } from '../corpus/vector.js'
import { openClient, type RawClient } from '../integration/raw-client.js'

const APP = 'https://app.example'
const CHUNKED = 'Transfer-Encoding: chunked'

interface Asked {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

interface Started {
  readonly port: number
  /** Requests that reached the route. */
  readonly asked: Asked[]
  /** Of those that did not; and whether there was a request. */
  readonly outcomes: (Outcome & { hasRequest: boolean })[]
  readonly inspected: string[]
  /** Our sides of connections. */
  readonly sockets: Socket[]
  readonly open: () => RawClient
  /** As the program stops. */
  readonly close: () => Promise<void>
}

interface Options extends Partial<GuardOptions> {
  isDraining?: () => boolean
  callers?: Pick<Callers, 'ask'>
  headerTimeoutMs?: number
  onSocket?: (socket: Socket) => void
  /** While the server closes. */
  onClosing?: () => Promise<void>
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate)
}

async function start(t: Test, options: Options = {}): Promise<Started> {
  const { isDraining = () => false, callers, headerTimeoutMs = 60_000 } = options
  const { onSocket, onClosing, ...more } = options
  const asked: Asked[] = []
  const outcomes: Started['outcomes'] = []
  const inspected: string[] = []
  const sockets: Socket[] = []
  const server = createGuardedServer({
    guard: createGuard({
      ...{ hosts: new AllowedHosts([]), origins: [APP], rules: undefined },
      ...{ requiredHeader: undefined, ...more },
    }),
    ...{ callers, isDraining, clientHeaderTimeoutMs: headerTimeoutMs },
    onResponded: (outcome, request) => {
      outcomes.push({ ...outcome, hasRequest: request !== undefined })
    },
    inspector: {
      begin: ({ url }) => void inspected.push(url ?? ''),
      end: () => undefined,
    },
    rewriteUrl: () => '/',
  })
  server.all(
    '/',
    {
      onRequest: ({ raw }, reply) => {
        reply.hijack()
        asked.push({ request: raw, response: reply.raw })
      },
    },
    () => undefined,
  )
  if (onClosing !== undefined) server.addHook('preClose', onClosing)
  server.server.prependListener('connection', (socket: Socket) => {
    sockets.push(socket)
    onSocket?.(socket)
  })
  await server.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    await server.close()
  })
  const close = (): Promise<void> => server.close()
  const { port } = server.server.address() as AddressInfo
  const open = (): RawClient => {
    const client = openClient(port)
    t.teardown(() => client.socket.destroy())
    return client
  }
  return { port, asked, outcomes, inspected, sockets, open, close }
}

t.test('what is refused is told to the client and to who keeps count', async (t) => {
  const { open, outcomes, asked, inspected } = await start(t)
  const client = open()
  client.send(head('GET /a?b HTTP/1.1', 'Host: evil.example', 'X-Request-Id: my-id'))
  const [answer] = await client.answers(1)
  t.match(answer, { status: 403, code: 'HOST_NOT_ALLOWED', headers: { connection: 'keep-alive' } })
  t.match(JSON.parse(answer!.body), { requestId: 'my-id', detail: /evil\.example/ })
  t.match(outcomes, [
    {
      ...{ requestId: 'my-id', method: 'GET', path: '/a', status: 403, source: 'proxy' },
      ...{ code: 'HOST_NOT_ALLOWED', bytesDown: answer!.body.length, hasRequest: true },
    },
  ])
  for (const ids of [[], ['X-Request-Id: a b'], ['X-Request-Id: a', 'X-Request-Id: b']]) {
    client.send(head('GET /a HTTP/1.1', 'Host: evil.example', ...ids))
    await client.answers(outcomes.length + 1)
    t.match(outcomes.at(-1)?.requestId, /^[0-9a-f-]{36}$/, ids.join())
  }
  client.send(get('/ok'))
  await until(() => asked.length > 0)
  t.same(inspected, ['/a?b', '/a', '/a', '/a', '/ok'])
  t.equal(outcomes.length, 4, 'what passes is for who responds to tell')
})

t.test('all that a request has comes to the guard, and no field is dropped', async (t) => {
  const { open, asked } = await start(t, { requiredHeader: { name: 'x', value: '1' } })
  const client = open()
  client.send(
    head('GET /a HTTP/1.1', 'Host: a.localhost', ...Array<string>(2_500).fill('a:'), 'x: 2'),
  )
  t.match(await client.answers(1), [{ status: 403 }])
  client.send(
    head('GET /a HTTP/1.1', 'Host: localhost', ...Array<string>(2_500).fill('a:'), 'x: 1'),
  )
  await until(() => asked.length > 0)
  t.equal(asked[0]!.request.rawHeaders.length, 2 * 2_502)
  for (const [expect, status] of [
    ['100-continue', 403],
    ['tea', 403],
  ] as const) {
    const other = open()
    other.send(post([`Expect: ${expect}`, 'Content-Length: 1'], ''))
    t.match(await other.closed(), [{ status }], expect)
    t.notMatch(other.received, /100 Continue/)
  }
})

t.test('what Node would respond by itself is a problem document, and reported', async (t) => {
  const { open, outcomes, asked } = await start(t)
  for (const [bytes, code] of [
    [head('GET /a HTTP/1.1'), 'BAD_REQUEST'],
    [get('/a', `X: ${'x'.repeat(16 * 1024)}`), 'HEADERS_TOO_LARGE'],
    [post(['Content-Length: 1', CHUNKED], '0\r\n\r\n'), 'BAD_REQUEST'],
  ] as const) {
    const client = open()
    client.send(bytes)
    t.match(await client.closed(), [{ code, headers: { connection: 'close' } }])
    t.match(outcomes.pop(), { code })
  }
  t.equal(asked.length, 0)
  open().send(get('/a', `X: ${'x'.repeat(15 * 1024)}`))
  await until(() => asked.length > 0)
})

t.test('in a drain, what would pass is told so, and its connection ends', async (t) => {
  let isDraining = false
  const { open, outcomes, asked } = await start(t, { isDraining: () => isDraining })
  const client = open()
  isDraining = true
  client.send(get('/a'))
  t.match(await client.closed(), [
    { status: 503, code: 'SHUTTING_DOWN', headers: { connection: 'close', 'retry-after': '1' } },
  ])
  t.match(outcomes, [{ status: 503, code: 'SHUTTING_DOWN' }])
  t.equal(asked.length, 0)
  const page = open()
  page.send(get('/a', `Origin: ${APP}`))
  t.match(await page.closed(), [{ headers: { 'access-control-allow-origin': APP } }])
})

t.test('one connection too many is told so, and ends', async (t) => {
  const { open, outcomes } = await start(t, {
    onSocket: (socket) => (conversationOf(socket).isSurplus = true),
  })
  const client = open()
  client.send(get('/a'))
  const [answer] = await client.closed()
  t.match(answer, { status: 503, code: 'OVERLOADED', headers: { connection: 'close' } })
  t.match(JSON.parse(answer!.body), { detail: /Too many connections/ })
  t.match(outcomes, [{ code: 'OVERLOADED' }])
})

t.test('a preflight that passes gets its response here, and is reported', async (t) => {
  const { open, outcomes, asked } = await start(t)
  const client = open()
  const fields = [`Origin: ${APP}`, 'Access-Control-Request-Method: PUT']
  client.send(head('OPTIONS /a HTTP/1.1', 'Host: localhost', ...fields))
  t.match(await client.answers(1), [{ status: 204 }])
  t.match(outcomes, [
    { method: 'OPTIONS', path: '/a', status: 204, code: undefined, bytesDown: 0, hasRequest: true },
  ])
  t.match(outcomes[0]?.requestId, /^[0-9a-f-]{36}$/)
  client.send(head('OPTIONS /a HTTP/1.1', 'Host: localhost', `Origin: ${APP}`))
  await until(() => asked.length > 0)
})

t.test('behind a request for another protocol nothing is looked at, and not kept', async (t) => {
  const { open, asked, sockets, outcomes, inspected } = await start(t)
  const client = open()
  client.send(get('/a', 'Connection: upgrade', 'Upgrade: h2c'))
  await until(() => asked.length === 1)
  client.send(get('/b').repeat(999) + head('GET /evil HTTP/1.1', 'Host: evil'))
  await settle()
  t.equal(sockets[0]!.destroyed, false)
  client.send(get('/b'))
  await closed(sockets[0]!)
  t.equal(asked.length, 1)
  t.same(outcomes, [])
  t.same(inspected, ['/a'])
})

t.test(
  'CONNECT gets one response, and none on a connection that takes no more requests',
  async (t) => {
    const { open, outcomes, asked } = await start(t)
    const client = open()
    client.send(head('CONNECT a:1 HTTP/1.1', 'Host: a'))
    const [answer] = await client.closed()
    t.match(answer, { status: 405, code: 'METHOD_NOT_ALLOWED', headers: { connection: 'close' } })
    t.match(JSON.parse(answer!.body), { detail: /CONNECT/ })
    t.match(outcomes, [
      { method: 'CONNECT', status: 405, bytesDown: answer!.body.length, hasRequest: true },
    ])
    const over = open()
    over.send(get('/a', 'Connection: upgrade', 'Upgrade: h2c'))
    await until(() => asked.length === 1)
    over.send(head('CONNECT a:1 HTTP/1.1', 'Host: a'))
    await settle()
    asked[0]!.response.end('last')
    t.match(await over.closed(), [{ body: 'last' }])
    t.equal(outcomes.length, 1)
  },
)

/** A responder that notes what it is told. */
function respondTo(request: IncomingMessage): RequestFault[] {
  const faults: RequestFault[] = []
  const responder: Responder = {
    placeOnConnection: -1,
    proceed: () => undefined,
    abort: (fault) => void faults.push(fault),
    leave: () => undefined,
  }
  takeTurn(request, responder)
  return faults
}

t.test('a body that cannot be read is told to who responds, once', async (t) => {
  const { open, asked, outcomes } = await start(t)
  const client = open()
  client.send(post([CHUNKED], ''))
  await until(() => asked.length === 1)
  const faults = respondTo(asked[0]!.request)
  asked[0]!.request.resume()
  client.send('x\r\n')
  await until(() => faults.length > 0)
  client.send('y\r\n')
  await settle()
  t.match(faults, [{ code: 'BAD_REQUEST', detail: /chunk/, isGone: false }])
  t.equal(faults.length, 1)
  t.same(outcomes, [], 'it is for who responds to tell')
})

t.test('without anybody who responds, its connection is destroyed', async (t) => {
  const { open, asked, sockets } = await start(t)
  const client = open()
  client.send(post([CHUNKED], ''))
  await until(() => asked.length === 1)
  client.send('x\r\n')
  await closed(sockets[0]!)
  t.equal(client.received, '')
})

t.test('after the response, a body that cannot be read ends the connection in order', async (t) => {
  const { open, asked, sockets, outcomes } = await start(t)
  const client = open()
  client.send(post([CHUNKED], ''))
  await until(() => asked.length === 1)
  const faults = respondTo(asked[0]!.request)
  asked[0]!.request.resume()
  asked[0]!.response.end('early')
  t.match(await client.answers(1), [{ body: 'early' }])
  client.send('x\r\n')
  await once(client.socket, 'end')
  t.equal(sockets[0]!.destroyed, false, 'what still comes is read')
  t.same(faults, [])
  t.same(outcomes, [])
})

t.test(
  'what never became a request gets its response when it is its turn, and is reported',
  async (t) => {
    const { open, asked, outcomes } = await start(t)
    const client = open()
    client.send(get('/a') + 'no request\r\n\r\n' + get('/b'))
    await until(() => asked.length === 1)
    await settle()
    t.same(outcomes, [])
    t.equal(client.received, '')
    asked[0]!.response.end('first')
    const answers = await client.closed()
    t.match(answers, [{ body: 'first' }, { status: 400, code: 'BAD_REQUEST' }])
    t.match(outcomes, [
      { status: 400, code: 'BAD_REQUEST', bytesDown: answers[1]!.body.length, hasRequest: false },
    ])
    t.equal(outcomes[0]?.reason, undefined)
    t.equal(outcomes.length, 1)
  },
)

t.test('a client that ended within its header has left, and is told all the same', async (t) => {
  const { open, outcomes } = await start(t)
  const client = open()
  client.socket.end('GET / HT')
  t.match(await client.closed(), [{ status: 400, code: 'BAD_REQUEST' }])
  t.match(outcomes, [{ status: 499, code: 'CLIENT_CLOSED', hasRequest: false }])
})

t.test('nobody is told of what can no more be said', async (t) => {
  const { open, asked, outcomes, sockets } = await start(t)
  const client = open()
  client.send(get('/a') + 'no request\r\n\r\n')
  await until(() => asked.length === 1)
  await settle()
  client.socket.resetAndDestroy()
  await closed(sockets[0]!)
  await settle()
  t.same(outcomes, [])
})

t.test('a refusal is told, though its client has left before it could be sent', async (t) => {
  const { open, outcomes, sockets } = await start(t)
  const client = open()
  await once(client.socket, 'connect')
  await until(() => sockets.length === 1)
  client.send(head('GET /a HTTP/1.1', 'Host: evil'))
  client.socket.resetAndDestroy()
  await closed(sockets[0]!)
  t.match(outcomes, [{ path: '/a', status: 403, code: 'HOST_NOT_ALLOWED' }])
})

t.test('a client that breaks off is no error, whatever still waits for it', async (t) => {
  const { open, asked, sockets } = await start(t)
  const client = open()
  client.send(get('/a') + head('CONNECT a:1 HTTP/1.1', 'Host: a'))
  await until(() => asked.length === 1)
  await settle()
  client.socket.resetAndDestroy()
  await closed(sockets[0]!)
  // Who responds may not have heard of it yet.
  asked[0]!.response.write('late')
  await settle()
  t.ok(asked[0]!.response.destroyed)
})

t.test('a client that breaks off within a body has sent nothing that is bad', async (t) => {
  const { open, asked, sockets, outcomes } = await start(t)
  const client = open()
  client.send(post([CHUNKED], '1\r\na\r\n'))
  await until(() => asked.length === 1)
  const faults = respondTo(asked[0]!.request)
  client.socket.resetAndDestroy()
  asked[0]!.request.resume()
  await closed(sockets[0]!)
  await settle()
  t.same(faults, [])
  t.same(outcomes, [])
})

t.test('who breaks off, or is reset, is told nothing, and nobody is told', async (t) => {
  const { open, sockets, outcomes } = await start(t)
  const client = open()
  client.send('GET / HT')
  await until(() => sockets[0]?.bytesRead === 8)
  client.socket.resetAndDestroy()
  await closed(sockets[0]!)
  t.same(outcomes, [])
})

t.test('what another protocol was is told, and in HTTP/2 to the client, too', async (t) => {
  const { open, outcomes } = await start(t)
  const http2 = open()
  http2.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  await closed(http2.socket)
  t.equal(http2.received.charCodeAt(3), 4, 'SETTINGS')
  const tls = open()
  tls.send('\x16\x03\x01\x00\x05hello')
  t.match(await tls.closed(), [{ status: 400 }])
  const late = open()
  late.send(head('GET /a HTTP/1.1', 'Host: evil'))
  await late.answers(1)
  late.send('\x16\x03\x01\x00\x05hello')
  await late.closed()
  t.same(
    outcomes.map(({ reason }) => reason),
    ['the client speaks HTTP/2', 'the client speaks TLS', undefined, undefined],
  )
  t.equal(outcomes[0]?.bytesDown, 0)
})

t.test('a refusal behind a response is told once it leaves', async (t) => {
  const { open, asked, outcomes } = await start(t)
  const client = open()
  client.send(get('/a') + head('GET /b HTTP/1.1', 'Host: evil'))
  await until(() => asked.length === 1)
  await settle()
  t.same(outcomes, [])
  asked[0]!.response.end('first')
  t.match(await client.answers(2), [{ body: 'first' }, { status: 403 }])
  await until(() => outcomes.length > 0)
  t.match(outcomes, [{ path: '/b', status: 403 }])
})

/** It never has to look. */
const KNOWS_AT_ONCE: Pick<Callers, 'ask'> = {
  ask: (_, tell) => void setImmediate(tell, { user: 'me', isAllowed: true }),
}

t.test('headers that take too long are told, on a connection that was used', async (t) => {
  const { open, port, sockets, outcomes } = await start(t, { headerTimeoutMs: 50 })
  const known = await start(t, { headerTimeoutMs: 50, callers: KNOWS_AT_ONCE })
  const [served, slow] = [known.open(), known.open()]
  served.send(get('/a'))
  await until(() => known.asked.length === 1)
  known.asked[0]!.response.end('a')
  await served.answers(1)
  slow.send('GET / HT')
  const unused = connect(port, '127.0.0.1')
  let received = ''
  unused.on('data', (part: Buffer) => (received += part.toString()))
  await until(() => sockets.length === 1)
  const client = open()
  client.send('GET / HT')
  const [answer] = await client.closed()
  t.match(answer, { status: 408, code: 'REQUEST_TIMEOUT' })
  await closed(unused)
  t.equal(received, '', 'one that was opened ahead is closed without a word')
  const { durationMs, startedAtMs } = outcomes[0]!
  t.ok(durationMs >= 50, `${durationMs}`)
  t.ok(startedAtMs <= Date.now() - 50)
  t.equal(outcomes.length, 1)
  t.match(await slow.closed(), [{ status: 408 }])
  t.match(await served.answers(1), [{ status: 200 }])
  t.ok(served.socket.writable, 'whose came in time goes on')
  t.notMatch(served.received, /408/)
})

t.test('a client that vanished without a word is found out', async (t) => {
  if (process.platform !== 'linux') {
    t.comment('no Linux: its table of sockets is missing')
    return
  }
  const { open, port, sockets } = await start(t)
  const client = open()
  await once(client.socket, 'connect')
  await until(() => sockets.length === 1)
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0')
  // The timer of kind 2 is the one that asks a quiet peer, its time in hundredths of a second.
  const [, time = ''] =
    new RegExp(
      `:${hex(port)} [0-9A-F]{8}:${hex(client.socket.localPort!)} 01 \\S+ 02:([0-9A-F]{8})`,
    ).exec(readFileSync('/proc/net/tcp', 'latin1')) ?? []
  const seconds = parseInt(time, 16) / 100
  t.ok(seconds > 30 && seconds <= 60, `${seconds} s`)
})

t.test('a server that closes goes on with connections that are open', async (t) => {
  const { open, asked, close } = await start(t)
  const client = open()
  client.send(get('/a'))
  await until(() => asked.length === 1)
  const isClosed = close()
  await settle()
  client.send(get('/b'))
  asked[0]!.response.end('first')
  await until(() => asked.length === 2 || client.received.includes('503'))
  asked[1]?.response.end('second')
  t.match(await client.answers(2), [{ body: 'first' }, { body: 'second' }])
  await isClosed
})

// Whose program it is

interface Gate {
  readonly callers: Pick<Callers, 'ask'>
  readonly asked: { look: LookAtEnds; tell: (caller: Caller) => void }[]
}

function createGate(): Gate {
  const asked: Gate['asked'] = []
  return { asked, callers: { ask: (look, tell) => void asked.push({ look, tell }) } }
}

t.test('nothing of a connection is read before it is known whose it is', async (t) => {
  const gate = createGate()
  const { open, asked, outcomes, port, sockets } = await start(t, { callers: gate.callers })
  const client = open()
  client.send(get('/a') + get('/b'))
  await until(() => gate.asked.length === 1)
  await settle()
  t.equal(asked.length, 0)
  t.equal(sockets[0]!.bytesRead, 0)
  const { localAddress, localPort } = client.socket
  t.same(gate.asked[0]!.look(), {
    ...{ localAddress: '127.0.0.1', localPort: port },
    ...{ remoteAddress: localAddress, remotePort: localPort },
  })
  gate.asked[0]!.tell({ user: 'me', isAllowed: true })
  await until(() => asked.length === 2)
  t.equal(conversationOf(asked[0]!.request.socket).caller?.user, 'me')

  for (const bytes of [get('/c'), head('CONNECT a:1 HTTP/1.1', 'Host: a')]) {
    const other = open()
    other.send(bytes)
    await until(() => gate.asked.length > 1)
    gate.asked.pop()!.tell({ user: 'another', isAllowed: false })
    const [answer] = await other.closed()
    t.match(answer, { status: 403, code: 'USER_NOT_ALLOWED' })
    t.match(JSON.parse(answer!.body), { detail: /another/ })
    t.match(outcomes.pop(), { code: 'USER_NOT_ALLOWED', user: 'another' })
  }
  t.equal(asked.length, 2)
})

t.test('who has left by then is nobody, and disturbs nothing', async (t) => {
  const gate = createGate()
  const { open, asked, sockets } = await start(t, { callers: gate.callers })
  const client = open()
  client.send(get('/a'))
  await until(() => gate.asked.length === 1)
  client.socket.resetAndDestroy()
  await closed(client.socket)
  await settle()
  t.equal(gate.asked[0]!.look(), undefined)
  sockets[0]!.destroy()
  gate.asked[0]!.tell({ user: 'me', isAllowed: true })
  await settle()
  t.equal(asked.length, 0)
})

t.test('a server that closes ends those that still wait, and those to come', async (t) => {
  const gate = createGate()
  const { open, sockets, close } = await start(t, {
    callers: gate.callers,
    onClosing: async () => {
      open()
      await until(() => sockets.length === 3)
      t.equal(gate.asked.length, 2, 'nobody is asked whose it is')
      t.equal(sockets[2]!.destroyed, true)
    },
  })
  const waiting = open()
  open()
  waiting.send(get('/a'))
  await until(() => gate.asked.length === 2)
  const left = closed(waiting.socket)
  const isClosed = close()
  await left
  await isClosed
  t.ok(sockets.every(({ destroyed }) => destroyed))
  for (const { look } of gate.asked) t.equal(look(), undefined)
})
