import t, { type Test } from 'tap'
import { createDial, createTrust } from '../../src/upstream/dial.js'
import type { RequestHead } from '../../src/upstream/exchange.js'
import { Pool } from '../../src/upstream/pool.js'
import { createRawServer, type RawServer, type RawServerOptions } from './raw-server.js'
import { Recorded } from './recorded.js'

const POST: RequestHead = { method: 'POST', path: '/', headers: [], body: Buffer.from('b') }

interface Started {
  readonly server: RawServer
  readonly pool: Pool
  readonly clock: { nowMs: number }
}

async function start(
  t: Test,
  options: RawServerOptions = {},
  maxStreamId?: number,
): Promise<Started> {
  const server = await createRawServer(options)
  const { origin, caPem } = server
  const clock = { nowMs: 1_000_000 }
  const pool = new Pool({
    origin,
    dial: createDial({ origin, timeoutMs: 5_000, trust: () => createTrust([caPem]) }),
    ...(maxStreamId !== undefined && { maxStreamId }),
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
    { onRequest: (stream) => stream.answer(200, String(stream.id)) },
    9,
  )
  for (let round = 0; round < 4; round++) {
    const all = Array.from({ length: 7 }, () => dispatch(pool))
    await Promise.all(all.map(({ ended }) => ended))
    t.ok(all.every(({ status }) => status === 200))
  }
  t.ok(server.requests.every(({ id }) => id <= 9))
  t.ok(server.connections.length >= 6, `${server.connections.length} connections`)
})
