import { once } from 'node:events'
import type { Socket } from 'node:net'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { Connection } from '../../src/upstream/connection.js'
import { createDial, createTrust } from '../../src/upstream/dial.js'
import type { RequestHead } from '../../src/upstream/exchange.js'
import { SpareWindow } from '../../src/upstream/http2/spare-window.js'
import { openConnection } from '../../src/upstream/open-connection.js'
import { createConnectProxy } from './connect-proxy.js'
import { frame, TYPE, uint32 } from './frames.js'
import {
  createRawServer,
  type RawConnection,
  type RawServer,
  type RawServerOptions,
} from './raw-server.js'
import { Recorded } from './recorded.js'

const POST: RequestHead = { method: 'POST', path: '/', headers: [], body: Buffer.from('b') }

interface Opening {
  readonly server: RawServer
  /** What the connection told, the code of its end too. */
  readonly told: string[]
  readonly connection: Promise<Connection>
  /** The code of its end. */
  readonly closed: Promise<string>
}

interface OpenOptions {
  readonly timeoutMs?: number
  readonly isUnwanted?: boolean
  /** URL of the proxy to go through. */
  readonly proxy?: string
}

async function open(
  t: Test,
  options: RawServerOptions = {},
  { timeoutMs = 10_000, isUnwanted = false, proxy }: OpenOptions = {},
): Promise<Opening> {
  const server = await createRawServer(options)
  t.teardown(() => {
    server.close()
  })
  const { origin, caPem } = server
  const told: string[] = []
  let tellClosed!: (code: string) => void
  const closed = new Promise<string>((resolve) => (tellClosed = resolve))
  const connection = openConnection({
    dial: createDial({ origin, timeoutMs: 10_000, trust: () => createTrust([caPem]), proxy }),
    authority: 'api.test',
    timeoutMs,
    observer: {
      onReady: () => void told.push('ready'),
      onRoom: () => told.push('room'),
      onDraining: () => told.push('draining'),
      onCalmWanted: () => told.push('calm'),
      onClosed: (_connection, code) => {
        told.push(code)
        tellClosed(code)
      },
    },
    nowMs: () => 42,
    maxStreamId: undefined,
    spare: new SpareWindow(),
    isUnwanted: () => isUnwanted,
  })
  connection.catch(() => undefined)
  return { server, told, connection, closed }
}

function start(connection: Connection, body = POST.body): Recorded {
  const recorded = new Recorded()
  connection.start({ ...POST, body }, recorded)
  return recorded
}

t.test(
  'one that does not acknowledge a PING in time is given up, with what was in progress',
  async (t) => {
    const { server, connection, closed } = await open(t, { pong: false })
    const recorded = start(await connection)
    await server.request(0)
    ;(await connection).ping(20)
    await recorded.ended
    t.match(recorded.error, { code: 'UPSTREAM_RESET', reason: 'no response to PING' })
    t.equal(recorded.error!.unprocessed, undefined, 'it may have been processed')
    t.equal(await closed, 'no response to PING')
  },
)

t.test('a PING is sent once the one before is acknowledged, and not sooner', async (t) => {
  for (const pong of [true, false]) {
    const { server, connection } = await open(t, {
      pong,
      onRequest: (stream) => stream.answer(),
    })
    const one = await connection
    for (let i = 0; i < 3; i++) {
      one.ping(60_000)
      // A response after it: what was said before has come.
      await start(one).ended
    }
    t.equal(server.connections[0]!.counts.get(TYPE.ping), pong ? 3 : 1)
    one.destroy()
  }
})

t.test('a server without SETTINGS is given up in time', async (t) => {
  const { server, connection, closed, told } = await open(
    t,
    { onConnection: () => true },
    { timeoutMs: 20 },
  )
  await t.rejects(connection, { code: 'UPSTREAM_TIMEOUT', reason: 'settings' })
  await closed
  await server.connections[0]!.closed
  t.same(told, ['destroyed'])
})

t.test('a server that leaves before its SETTINGS is told as unreachable', async (t) => {
  const { connection } = await open(t, {
    onConnection: (each) => {
      each.end()
      return true
    },
  })
  await t.rejects(connection, { code: 'UPSTREAM_UNREACHABLE', reason: 'closed' })
})

t.test('a connection that nobody wants any more says nothing', async (t) => {
  const { server, connection, told } = await open(t, {}, { isUnwanted: true })
  await t.rejects(connection, { code: 'UPSTREAM_UNREACHABLE', reason: 'closing' })
  for (const each of server.connections) await each.closed
  t.same(told, [])
})

t.test('it tells what becomes of it, and how old it is', async (t) => {
  const { server, connection, closed, told } = await open(t)
  const one = await connection
  t.equal(one.openedAtMs, 42)
  t.equal(one.begun, 0)
  const recorded = start(one)
  t.equal(one.begun, 1)
  ;(await server.request(0)).answer()
  await recorded.ended
  t.notOk(one.isDraining)
  one.close()
  t.ok(one.isDraining)
  t.notOk(one.hasRoom)
  t.equal(await closed, 'drained')
  t.same(told, ['ready', 'room', 'draining', 'drained'])
  t.same(server.connections[0]!.goaways, [0], 'it said goodbye')
})

t.test('destroyed, it says nothing more, and its requests fail', async (t) => {
  const { server, connection, closed } = await open(t)
  const one = await connection
  const sent = start(one)
  await server.request(0)
  const held = start(one)
  one.destroy()
  one.ping(20)
  t.match(sent.error, { code: 'UPSTREAM_RESET', reason: 'destroyed', unprocessed: undefined })
  t.match(held.error, { code: 'UPSTREAM_RESET', unprocessed: 'connect' })
  t.equal(await closed, 'destroyed')
  await server.connections[0]!.closed
  t.equal(server.requests.length, 1)
  t.same(server.connections[0]!.goaways, [])
})

/** What lets everything be sent. */
const WIDE: RawServerOptions = { settings: { initialWindowSize: 2 ** 30 } }
const WIDER = frame(TYPE.windowUpdate, 0, 0, uint32(2 ** 30))
/** More than the kernel takes for one who does not read. */
const MUCH = Buffer.alloc(16 * 1024 * 1024)

/** A server that lets everything be sent, and from its first request on reads nothing. */
async function openStuck(t: Test): Promise<Opening & { readonly sent: Recorded }> {
  const opening = await open(t, {
    ...WIDE,
    onRequest: ({ connection }) => connection.socket.pause(),
  })
  const one = await opening.connection
  const [raw] = opening.server.connections as [RawConnection]
  raw.send(WIDER)
  await raw.ping()
  const sent = start(one, MUCH)
  await opening.server.request(0)
  return { ...opening, sent }
}

t.test('what waits for a write that is not done has provably not left', async (t) => {
  const { server, connection, closed, sent } = await openStuck(t)
  const held = start(await connection)
  // So that it could have been written.
  await new Promise(setImmediate)
  server.connections[0]!.reset()
  t.equal(await closed, 'ECONNRESET')
  t.match(sent.error, { code: 'UPSTREAM_RESET', reason: 'ECONNRESET', unprocessed: undefined })
  t.match(held.error, { code: 'UPSTREAM_RESET', unprocessed: 'connect' })
})

t.test('what waits for a write leaves once it is done', async (t) => {
  const { server, connection, sent } = await openStuck(t)
  const held = start(await connection)
  await new Promise(setImmediate)
  server.connections[0]!.socket.resume()
  const stream = await server.request(1)
  for (const each of server.requests) each.answer()
  await Promise.all([sent.ended, held.ended])
  t.equal(stream.path, '/')
  t.match([sent, held], [{ status: 200 }, { status: 200 }])
})

t.test('a server that ends its side is gone, though it reads nothing any more', async (t) => {
  // A TLS server of Node.js reads on after its end; what is behind a tunnel need not.
  const { port, clients } = await createConnectProxy(t)
  const { server, connection, closed } = await open(t, WIDE, { proxy: `http://127.0.0.1:${port}` })
  const one = await connection
  const [raw] = server.connections as [RawConnection]
  raw.send(WIDER)
  await raw.ping()
  const [tunnel] = clients as [Socket]
  tunnel.unpipe().pause()
  const sent = start(one, MUCH)
  // So that it is written, as far as the kernel takes it.
  await new Promise(setImmediate)
  tunnel.end()
  t.equal(await closed, 'closed')
  t.match(sent.error, { code: 'UPSTREAM_RESET', reason: 'closed', unprocessed: undefined })
})

t.test('a server that resets says so, unless it said something just before', async (t) => {
  const { server, connection, closed } = await open(t)
  const recorded = start(await connection)
  await server.request(0)
  await server.connections[0]!.ping()
  server.connections[0]!.reset()
  // libuv takes a reset that comes together with bytes for an end; both mean the same to us.
  t.equal(await closed, 'ECONNRESET')
  t.match(recorded.error, { code: 'UPSTREAM_RESET', unprocessed: undefined })
})

t.test('what the server made us do for nothing is forgotten after a while', async (t) => {
  const { server, connection } = await open(t)
  const one = await connection
  const [raw] = server.connections as [RawConnection]
  const nothing = Array.from({ length: 6_000 }, () => frame(TYPE.settings, 0, 0))
  for (let i = 0; i < 3; i++) {
    raw.send(...nothing)
    await raw.ping()
    one.forgive()
  }
  t.ok(one.hasRoom)
  t.same(raw.goaways, [])
})

t.test('a server that does not end its side after ours is left a second later', async (t) => {
  const { server, connection, closed } = await open(t)
  const one = await connection
  const [{ socket }] = server.connections as [RawConnection]
  // It hears of our end, and does not care.
  socket.allowHalfOpen = true
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => {
    mock.timers.reset()
  })
  const ended = once(socket, 'end')
  one.close()
  await ended
  mock.timers.tick(1_000)
  mock.timers.reset()
  t.equal(await closed, 'drained')
})
