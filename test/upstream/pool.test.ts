import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { createDial, createTrust } from '../../src/upstream/dial.js'
import { type RequestHead, UpstreamError } from '../../src/upstream/exchange.js'
import { Pool } from '../../src/upstream/pool.js'
import { SleepWatch } from '../../src/upstream/sleep-watch.js'
import { createRawServer, type RawServer, type RawServerOptions } from './raw-server.js'
import { goawayFrame, settingsFrame, TYPE } from './frames.js'
import { Recorded } from './recorded.js'

const POST: RequestHead = { method: 'POST', path: '/', headers: [], body: Buffer.from('b') }

interface Started {
  readonly server: RawServer
  readonly pool: Pool
  readonly clock: { wallMs: number; monotonicMs: number }
  /** What the pool told. */
  readonly told: string[]
}

async function start(
  t: Test,
  options: RawServerOptions = {},
  maxStreamId?: number,
  isUp = () => true,
): Promise<Started> {
  const server = await createRawServer(options)
  const { origin, caPem } = server
  const dial = createDial({ origin, timeoutMs: 5_000, trust: () => createTrust([caPem]) })
  const clock = { wallMs: 1_000_000, monotonicMs: 1_000 }
  const told: string[] = []
  const pool = new Pool({
    origin,
    dial: () =>
      isUp() ? dial() : Promise.reject(new UpstreamError('UPSTREAM_UNREACHABLE', 'down')),
    ...(maxStreamId !== undefined && { maxStreamId }),
    connectTimeoutMs: 5_000,
    observer: {
      connected: () => told.push('connected'),
      connectFailed: ({ reason }) => told.push(reason),
      disconnected: (code) => told.push(code),
    },
    clock: { now: () => clock.wallMs, monotonic: () => clock.monotonicMs },
  })
  t.teardown(() => {
    pool.close()
    server.close()
  })
  await pool.connect()
  return { server, pool, clock, told }
}

function dispatch(pool: Pool): Recorded {
  const recorded = new Recorded()
  pool.dispatch(POST, recorded)
  return recorded
}

/** So much time goes by. */
function pass(clock: Started['clock'], ms: number): void {
  clock.wallMs += ms
  clock.monotonicMs += ms
}

/** The timers of this kind stand still while this test runs. */
async function withMockTimers(api: 'setTimeout' | 'setInterval', test: () => Promise<void>) {
  mock.timers.enable({ apis: [api] })
  try {
    await test()
  } finally {
    mock.timers.reset()
  }
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

t.test('a machine that slept trusts no old connection with a request', async (t) => {
  const { server, pool, clock } = await start(t, { pong: false })
  clock.wallMs += 60_000
  const recorded = dispatch(pool)
  const stream = await server.request(0)
  t.equal(stream.connection, server.connections[1], 'a new one carries it')
  stream.answer()
  await recorded.ended
  t.match(recorded, { status: 200, body: 'fine' })
})

t.test('what was in flight when it fell asleep may still get its response', async (t) => {
  const { server, pool, clock } = await start(t)
  const before = dispatch(pool)
  const stream = await server.request(0)
  clock.wallMs += 60_000
  const after = dispatch(pool)
  ;(await server.request(1)).answer()
  stream.answer(200, 'late')
  await Promise.all([before.ended, after.ended])
  t.match([before, after], [{ body: 'late' }, { body: 'fine' }])
})

t.test('GOAWAY to an idle connection is followed by a new one', async (t) => {
  for (const code of [0, 2]) {
    for (const last of [0, 2 ** 31 - 1]) {
      const { server, pool } = await start(t)
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

t.test('a closed pool sends nothing, and says goodbye', async (t) => {
  const { server, pool } = await start(t)
  const [connection] = server.connections
  pool.close()
  await connection!.closed
  t.strictSame(connection!.goaways, [0])
  const recorded = dispatch(pool)
  await recorded.ended
  t.equal(server.requests.length, 0)
  t.match(recorded.error, { code: 'UPSTREAM_UNREACHABLE', reason: 'closing' })
})

t.test('who waits for a stream is told when the pool closes, and who gave up is not', async (t) => {
  const { server, pool } = await start(t, { settings: { maxConcurrentStreams: 0 } })
  const [told, gone] = [dispatch(pool), dispatch(pool)]
  pool.withdraw(gone)
  pool.close()
  t.match(told.error, { code: 'UPSTREAM_UNREACHABLE', reason: 'closing' })
  t.notOk(gone.isOver)
  t.equal(server.requests.length, 0)
})

t.test('a pool that is closed while it dials keeps no connection', async (t) => {
  let dials = 0
  const { server, pool, told, clock } = await start(t, {}, undefined, () => ++dials > 0)
  pass(clock, 2_000)
  server.connections[0]!.goaway(0)
  while (dials < 2) await new Promise(setImmediate)
  pool.close()
  await pool.connect()
  for (const { closed } of server.connections) await closed
  while (pool.connections > 0) await new Promise(setImmediate)
  t.strictSame(told.filter((each) => each === 'connected').length, 1)
})

t.test('nor one that becomes ready once the pool is closed', async (t) => {
  let connections = 0
  const { server, pool, clock } = await start(t, {
    // The second one takes its time.
    onConnection: () => ++connections === 2,
  })
  pass(clock, 2_000)
  server.connections[0]!.goaway(0)
  while (server.connections.length < 2) await new Promise(setImmediate)
  const [, late] = server.connections
  pool.close()
  late!.send(settingsFrame())
  await late!.closed
  t.strictSame(late!.goaways, [0])
  while (pool.connections > 0) await new Promise(setImmediate)
})

t.test('eight connections are the most, however many wait', async (t) => {
  const { server, pool } = await start(t, { settings: { maxConcurrentStreams: 1 } })
  const all = Array.from({ length: 12 }, () => dispatch(pool))
  await server.request(7)
  for (let i = 0; i < 100; i++) await new Promise(setImmediate)
  t.equal(server.connections.length, 8)
  t.equal(pool.connections, 8)
  for (let i = 0; i < all.length; i++) (await server.request(i)).answer()
  await Promise.all(all.map(({ ended }) => ended))
  t.ok(all.every(({ status }) => status === 200))
  t.equal(server.connections.length, 8)
})

t.test('a clock that jumps by seconds is a sleep, in whatever direction', async (t) => {
  const jumps: ((clock: Started['clock']) => void)[] = [
    (clock) => (clock.wallMs += 3_000),
    (clock) => (clock.wallMs -= 3_600_000),
    // The process was stopped: both clocks went on.
    (clock) => {
      clock.wallMs += 30_000
      clock.monotonicMs += 30_000
    },
  ]
  for (const jump of jumps) {
    const { server, pool, clock } = await start(t, { onRequest: (stream) => stream.answer() })
    await dispatch(pool).ended
    jump(clock)
    await dispatch(pool).ended
    await dispatch(pool).ended
    t.strictSame(
      server.requests.map(({ connection }) => server.connections.indexOf(connection)),
      [0, 1, 1],
    )
  }
})

t.test('what was being opened when the machine fell asleep is not waited for', async (t) => {
  let connections = 0
  const { server, pool, clock, told } = await start(t, {
    // The second one never greets.
    onConnection: () => ++connections === 2,
    onRequest: (stream) => stream.answer(),
  })
  const [first] = server.connections
  pass(clock, 2_000)
  first!.goaway(0)
  await first!.closed
  while (server.connections.length < 2) await new Promise(setImmediate)
  clock.wallMs += 60_000
  const recorded = dispatch(pool)
  await recorded.ended
  t.equal(recorded.status, 200)
  t.equal(server.requests[0]!.connection, server.connections[2])
  const before = [...told]
  server.connections[1]!.socket.destroy()
  await server.connections[1]!.closed
  await dispatch(pool).ended
  t.strictSame(told, before, 'nor does anyone hear of its end')
})

t.test('a connection that takes no more is replaced at once, and only once', (t) =>
  withMockTimers('setTimeout', async () => {
    const { server, pool, clock, told } = await start(t)
    const recorded = dispatch(pool)
    const stream = await server.request(0)
    pass(clock, 2_000)
    server.connections[0]!.goaway(1)
    while (pool.connections < 2) await new Promise(setImmediate)
    stream.answer()
    await recorded.ended
    t.equal(recorded.status, 200)
    while (pool.connections > 1) await new Promise(setImmediate)
    const after = dispatch(pool)
    ;(await server.request(1)).answer()
    await after.ended
    t.equal(server.connections.length, 2)
    t.strictSame(told, ['connected', 'connected', 'drained'])
  }),
)

t.test('a connection that ends without a word is replaced at once', (t) =>
  withMockTimers('setTimeout', async () => {
    const { server, pool, clock, told } = await start(t)
    pass(clock, 2_000)
    server.connections[0]!.end()
    while (told.length < 3) await new Promise(setImmediate)
    t.strictSame(told, ['connected', 'closed', 'connected'])
    t.equal(pool.connections, 1)
  }),
)

t.test('a machine that slept has a new connection before anyone asks for it', async (t) => {
  const { server, pool, clock } = await start(t)
  clock.wallMs += 60_000
  pool.tick()
  await server.connections[0]!.closed
  while (server.connections.length < 2) await new Promise(setImmediate)
  t.strictSame(server.connections[0]!.goaways, [0])
})

t.test('from one interval to the next is no sleep, though it comes late', async (t) => {
  const { server, pool, clock } = await start(t, { onRequest: (stream) => stream.answer() })
  pass(clock, 20_000)
  await dispatch(pool).ended
  pass(clock, 20_001)
  await dispatch(pool).ended
  t.strictSame(
    server.requests.map(({ connection }) => server.connections.indexOf(connection)),
    [0, 1],
  )
})

t.test('an upstream that was down is tried again by itself, a second later', (t) =>
  withMockTimers('setTimeout', async () => {
    let isUp = false
    const { server, told } = await start(t, {}, undefined, () => isUp)
    t.strictSame(told, ['down'])
    isUp = true
    mock.timers.tick(999)
    await new Promise(setImmediate)
    t.strictSame(told, ['down'])
    mock.timers.tick(1)
    while (told.length < 2) await new Promise(setImmediate)
    t.strictSame(told, ['down', 'connected'])
    t.equal(server.connections.length, 1)
  }),
)

t.test('each 15 s it asks by PING', (t) =>
  withMockTimers('setInterval', async () => {
    const { server, pool } = await start(t, { onRequest: (stream) => stream.answer() })
    mock.timers.tick(15_000)
    await dispatch(pool).ended
    t.equal(server.connections[0]!.counts.get(TYPE.ping), 1)
  }),
)

t.test('a connection of an hour is replaced at leisure, and fails nothing', async (t) => {
  const { server, pool, clock } = await start(t)
  const old = dispatch(pool)
  const stream = await server.request(0)
  pass(clock, 3_600_001)
  // Not a sleep: it was looked at all the time.

  const asleep = t.capture(SleepWatch.prototype, 'hasSlept', () => false)
  pool.tick()
  while (server.connections.length < 2) await new Promise(setImmediate)
  const isNewInUse = async (): Promise<boolean> => {
    const recorded = dispatch(pool)
    const { connection } = await server.request(server.requests.length).then((each) => {
      each.answer()
      return each
    })
    await recorded.ended
    return connection === server.connections[1]
  }
  while (!(await isNewInUse())) await new Promise(setImmediate)
  stream.answer(200, 'late')
  await old.ended
  t.match(old, { status: 200, body: 'late' })
  await server.connections[0]!.closed
  t.strictSame(server.connections[0]!.goaways, [0], 'it said goodbye')
  while (pool.connections > 1) await new Promise(setImmediate)
  pool.tick()
  t.equal(server.connections.length, 2)
  asleep.restore()
})

t.test('who is asked too often by PING is asked half as often from then on', async (t) => {
  const pings: number[] = []
  const { server, pool } = await start(t, { onRequest: (stream) => stream.answer() })
  const count = (): number =>
    server.connections.reduce((sum, { counts }) => sum + (counts.get(TYPE.ping) ?? 0), 0)
  const tick = async (): Promise<void> => {
    pool.tick()
    // A request after it: what was said before has come by its end.
    await dispatch(pool).ended
    pings.push(count())
  }
  const complain = async (): Promise<void> => {
    const last = server.connections.at(-1)!
    last.goaway(2 ** 31 - 1, 11)
    last.end()
    await last.closed
    await dispatch(pool).ended
  }
  await tick()
  await tick()
  t.strictSame(pings.splice(0), [1, 2])
  await complain()
  for (let i = 0; i < 4; i++) await tick()
  t.strictSame(pings.splice(0), [2, 3, 3, 4])
  await complain()
  for (let i = 0; i < 8; i++) await tick()
  t.strictSame(pings.splice(0), [4, 4, 4, 5, 5, 5, 5, 6])
})

t.test('a stream limit of 0 is one connection, however many wait', async (t) => {
  const { server, pool } = await start(t, {
    settings: { maxConcurrentStreams: 0 },
    onRequest: (stream) => stream.answer(),
  })
  const all = Array.from({ length: 20 }, () => dispatch(pool))
  for (let i = 0; i < 100; i++) await new Promise(setImmediate)
  t.equal(server.connections.length, 1)
  server.connections[0]!.send(settingsFrame({ maxConcurrentStreams: 3 }))
  await Promise.all(all.map(({ ended }) => ended))
  t.ok(all.every(({ status }) => status === 200))
})

t.test('one that greets and closes is dialled twice for who waits, who is then told', async (t) => {
  for (const settings of [{ maxConcurrentStreams: 0 }, { maxConcurrentStreams: 10 }]) {
    const { server, pool } = await start(t, {
      settings,
      onConnection: (connection) => {
        connection.send(settingsFrame(settings), goawayFrame(0, 0))
        connection.end()
        return true
      },
    })
    const before = server.connections.length
    const recorded = dispatch(pool)
    await recorded.ended
    const reason = 'closed before a stream was opened'
    t.match(recorded.error, { code: 'UPSTREAM_UNREACHABLE', reason })
    t.ok(server.connections.length - before <= 2, `${server.connections.length - before} dials`)
  }
})

/** A server on whose connections one request at a time may run. */
const ONE_AT_A_TIME: RawServerOptions = { settings: { maxConcurrentStreams: 1 } }

t.test('one old connection among new ones is enough to be replaced', async (t) => {
  let dials = 0
  const { server, pool, clock } = await start(t, ONE_AT_A_TIME, undefined, () => ++dials > 0)
  const first = dispatch(pool)
  await server.request(0)
  pass(clock, 3_000_000)
  const asleep = t.capture(SleepWatch.prototype, 'hasSlept', () => false)
  const second = dispatch(pool)
  await server.request(1)
  pass(clock, 600_000)
  pool.tick()
  t.equal(dials, 2, 'an hour is not too old')
  pass(clock, 1)
  pool.tick()
  t.equal(dials, 3)
  for (const stream of server.requests) stream.answer()
  await Promise.all([first.ended, second.ended])
  asleep.restore()
})

t.test('an old connection serves until a new one has room', async (t) => {
  let connections = 0
  const { server, pool, clock } = await start(t, {
    // The second one says itself what it takes.
    onConnection: () => ++connections === 2,
    onRequest: (stream) => stream.answer(),
  })
  pass(clock, 3_600_001)
  const asleep = t.capture(SleepWatch.prototype, 'hasSlept', () => false)
  pool.tick()
  while (server.connections.length < 2) await new Promise(setImmediate)
  server.connections[1]!.send(settingsFrame({ maxConcurrentStreams: 0 }))
  while (pool.connections < 2) await new Promise(setImmediate)
  await new Promise(setImmediate)
  const recorded = dispatch(pool)
  await recorded.ended
  t.equal(recorded.status, 200)
  t.equal(server.requests[0]!.connection, server.connections[0])
  asleep.restore()
})

t.test('whoever waits for room goes on waiting when another connection fails', async (t) => {
  let isUp = true
  const { server, pool, told } = await start(t, ONE_AT_A_TIME, undefined, () => isUp)
  isUp = false
  const [first, second] = [dispatch(pool), dispatch(pool)]
  while (!told.includes('down')) await new Promise(setImmediate)
  t.equal(second.error, undefined)
  ;(await server.request(0)).answer()
  ;(await server.request(1)).answer()
  await Promise.all([first.ended, second.ended])
  t.match([first, second], [{ status: 200 }, { status: 200 }])
})

t.test('nor is it told of others that take nothing', async (t) => {
  let connections = 0
  const { server, pool } = await start(t, {
    ...ONE_AT_A_TIME,
    onConnection: (connection) => {
      if (++connections === 1) return false
      connection.send(settingsFrame(), goawayFrame(0, 0))
      connection.end()
      return true
    },
  })
  const [first, second] = [dispatch(pool), dispatch(pool)]
  while (connections < 3) await new Promise(setImmediate)
  await Promise.all(server.connections.slice(1).map(({ closed }) => closed))
  while (pool.connections > 1) await new Promise(setImmediate)
  t.equal(second.error, undefined)
  ;(await server.request(0)).answer()
  await first.ended
  ;(await server.request(1)).answer()
  await second.ended
  t.match([first, second], [{ status: 200 }, { status: 200 }])
})

t.test('whoever asks again once a connection failed is not dialled for twice', (t) =>
  withMockTimers('setTimeout', async () => {
    let dials = 0
    const { server, pool } = await start(t, {}, undefined, () => ++dials !== 2)
    server.connections[0]!.end()
    const again = new Recorded()
    const recorded = new Recorded()
    recorded.onError = () => {
      pool.dispatch(POST, again)
    }
    while (pool.connections > 0) await new Promise(setImmediate)
    pool.dispatch(POST, recorded)
    ;(await server.request(0)).answer()
    await again.ended
    t.equal(again.status, 200)
    const before = dials
    mock.timers.tick(60_000)
    t.equal(dials, before)
  }),
)

t.test('what an upstream drops at once is not dialled again at once for nobody', (t) =>
  withMockTimers('setTimeout', async () => {
    let dials = 0
    const { server, told } = await start(t, {}, undefined, () => ++dials > 0)
    server.connections[0]!.end()
    while (told.length < 2) await new Promise(setImmediate)
    t.strictSame(told, ['connected', 'closed'])
    t.equal(dials, 1)
    mock.timers.tick(1_000)
    t.equal(dials, 2, 'but a second later')
    while (told.length < 3) await new Promise(setImmediate)
  }),
)

t.test('nor a second time while it is being opened', (t) =>
  withMockTimers('setTimeout', async () => {
    let [dials, connections] = [0, 0]
    const { server, pool } = await start(
      t,
      // The second one takes its time.
      { ...ONE_AT_A_TIME, onConnection: () => ++connections === 2 },
      undefined,
      () => ++dials > 0,
    )
    const [first, second] = [dispatch(pool), dispatch(pool)]
    while (server.connections.length < 2) await new Promise(setImmediate)
    pool.withdraw(second)
    server.connections[0]!.end()
    await first.ended
    while (pool.connections > 0) await new Promise(setImmediate)
    server.connections[1]!.send(settingsFrame())
    while (pool.connections < 1) await new Promise(setImmediate)
    mock.timers.tick(60_000)
    t.equal(dials, 2)
  }),
)

t.test(
  'one that greets after a sleep does not make way for more than one in its place',
  async (t) => {
    let [dials, connections] = [0, 0]
    const { server, pool, clock } = await start(
      t,
      // The second and the third take their time.
      { ...ONE_AT_A_TIME, onConnection: () => [2, 3].includes(++connections) },
      undefined,
      () => ++dials > 0,
    )
    const first = dispatch(pool)
    const second = dispatch(pool)
    while (server.connections.length < 2) await new Promise(setImmediate)
    clock.wallMs += 60_000
    const third = dispatch(pool)
    while (server.connections.length < 3) await new Promise(setImmediate)
    t.equal(dials, 3)
    server.connections[1]!.send(settingsFrame({ maxConcurrentStreams: 1 }))
    await server.request(1)
    t.equal(dials, 3)
    server.connections[2]!.send(settingsFrame({ maxConcurrentStreams: 1 }))
    await server.request(2)
    for (const stream of server.requests) stream.answer()
    await Promise.all([first.ended, second.ended, third.ended])
    t.ok([first, second, third].every(({ status }) => status === 200))
  },
)
