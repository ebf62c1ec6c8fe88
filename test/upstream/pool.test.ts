import t, { type Test } from 'tap'
import type { CreateConnection } from '../../src/upstream/connection.js'
import { createDial } from '../../src/upstream/dial.js'
import type { RequestHead } from '../../src/upstream/exchange.js'
import { createLeanConnection } from '../../src/upstream/http2/lean-connection.js'
import { createNodeConnection } from '../../src/upstream/node/node-connection.js'
import { Pool } from '../../src/upstream/pool.js'
import { createRawServer, type RawServer, type RawServerOptions } from './raw-server.js'
import { Recorded } from './recorded.js'

const ENGINES = { lean: createLeanConnection, node: createNodeConnection }
const POST: RequestHead = { method: 'POST', path: '/', headers: [], body: Buffer.from('b') }

interface Started {
  readonly server: RawServer
  readonly pool: Pool
  readonly clock: { nowMs: number }
}

async function start(
  t: Test,
  createConnection: CreateConnection,
  options: RawServerOptions = {},
): Promise<Started> {
  const server = await createRawServer(options)
  const { origin, caPem } = server
  const clock = { nowMs: 1_000_000 }
  const pool = new Pool({
    origin,
    dial: createDial({ origin, timeoutMs: 5_000, extraCas: [caPem] }),
    createConnection,
    connectTimeoutMs: 5_000,
    observer: {
      connected: () => undefined,
      connectFailed: () => undefined,
      disconnected: () => undefined,
    },
    now: () => clock.nowMs,
  })
  t.teardown(() => {
    pool.close()
    server.close()
  })
  await pool.connect()
  return { server, pool, clock }
}

function dispatch(pool: Pool): Recorded {
  const recorded = new Recorded()
  pool.dispatch(POST, recorded)
  return recorded
}

t.test('before the ids run out a new connection takes over, and nothing fails', async (t) => {
  const { server, pool } = await start(
    t,
    (socket, origin, observer) => createLeanConnection(socket, origin, observer, 9),
    { onRequest: (stream) => stream.answer(200, String(stream.id)) },
  )
  for (let round = 0; round < 4; round++) {
    const all = Array.from({ length: 7 }, () => dispatch(pool))
    await Promise.all(all.map(({ ended }) => ended))
    t.ok(all.every(({ status }) => status === 200))
  }
  t.ok(server.requests.every(({ id }) => id <= 9))
  t.ok(server.connections.length >= 6, `${server.connections.length} connections`)
})

for (const [engine, createConnection] of Object.entries(ENGINES)) {
  t.test(`a machine that slept trusts no old connection with a request (${engine})`, async (t) => {
    const { server, pool, clock } = await start(t, createConnection, { pong: false })
    clock.nowMs += 60_000
    const recorded = dispatch(pool)
    const stream = await server.request(0)
    t.equal(stream.connection, server.connections[1], 'a new one carries it')
    stream.answer()
    await recorded.ended
    t.match(recorded, { status: 200, body: 'fine' })
  })

  t.test(`what was in flight when it fell asleep may still be answered (${engine})`, async (t) => {
    const { server, pool, clock } = await start(t, createConnection)
    const before = dispatch(pool)
    const stream = await server.request(0)
    clock.nowMs += 60_000
    const after = dispatch(pool)
    ;(await server.request(1)).answer()
    stream.answer(200, 'late')
    await Promise.all([before.ended, after.ended])
    t.match([before, after], [{ body: 'late' }, { body: 'fine' }])
  })

  t.test(`GOAWAY to an idle connection is followed by a new one (${engine})`, async (t) => {
    for (const code of [0, 2]) {
      for (const last of [0, 2 ** 31 - 1]) {
        const { server, pool } = await start(t, createConnection)
        const [old] = server.connections
        old!.goaway(last, code)
        await old!.closed
        const recorded = dispatch(pool)
        ;(await server.request(0)).answer()
        await recorded.ended
        t.equal(recorded.status, 200)
        t.equal(server.connections.length, 2)
      }
    }
  })

  t.test(`a closed pool sends nothing, and says goodbye (${engine})`, async (t) => {
    const { server, pool } = await start(t, createConnection)
    const [connection] = server.connections
    pool.close()
    await connection!.closed
    t.strictSame(connection!.goaways, [0])
    const recorded = dispatch(pool)
    await recorded.ended
    t.equal(server.requests.length, 0)
    t.ok(recorded.error)
  })
}
