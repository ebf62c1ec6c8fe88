import t, { type Test } from 'tap'
import {
  CANCEL,
  ERROR_CODES,
  FLAG,
  frame,
  goawayFrame,
  REFUSED_STREAM,
  settingsFrame,
  TYPE,
  uint32,
} from '../frames.js'
import type { Recorded } from '../recorded.js'
import { answer, headers, ScriptedServer } from './scripted-server.js'

const OK = [[':status', '200']] as const

t.test('it begins with the preface, its SETTINGS and a larger window', (t) => {
  const server = new ScriptedServer()
  t.notOk(server.client.hasRoom, 'not before the SETTINGS of the server')
  const [settings, window] = server.read()
  t.equal(settings!.type, TYPE.settings)
  t.match(settings!.payload.toString('hex'), /^000200000000/, 'no push')
  t.equal(window!.type, TYPE.windowUpdate)
  t.equal(65_535 + window!.payload.readUInt32BE(0), 2 * 1024 * 1024, 'of all streams together')
  server.send(settingsFrame({ maxConcurrentStreams: 2 }))
  t.strictSame(server.read(), [{ type: 4, flags: 1, streamId: 0, payload: Buffer.alloc(0) }])
  t.strictSame(server.told, ['output', 'ready'].slice(-1).concat('output').sort())
  t.ok(server.client.hasRoom)
  t.end()
})

t.test('a request goes out as HEADERS and DATA, and its response comes back', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request({
    method: 'POST',
    path: '/p?q',
    headers: ['content-type', 'text/plain'],
    body: Buffer.from('body'),
  })
  const [head, data] = server.read()
  t.strictSame(server.hpack.decode(head!.payload), [
    [':method', 'POST'],
    [':scheme', 'https'],
    [':authority', 'api.test'],
    [':path', '/p?q'],
    ['content-type', 'text/plain'],
  ])
  t.match(head, { type: TYPE.headers, flags: FLAG.endHeaders, streamId: 1 })
  t.match(data, { type: TYPE.data, flags: FLAG.endStream, streamId: 1 })
  t.equal(data!.payload.toString(), 'body')
  server.send(answer(1))
  t.match(recorded, { status: 200, body: 'fine', trailers: [], error: undefined, late: 0 })
  t.strictSame(recorded.trailers, [], 'none')
  t.equal(server.client.streams.size, 0)
  t.strictSame(server.read(), [], 'nothing more is said')
  t.end()
})

t.test('all that happens between two looks goes out at once', (t) => {
  const server = new ScriptedServer().greet()
  server.told.length = 0
  for (let i = 0; i < 10; i++) server.request()
  t.strictSame(server.told, ['output'])
  t.strictSame(
    server.read().map(({ streamId }) => streamId),
    [1, 3, 5, 7, 9, 11, 13, 15, 17, 19],
  )
  t.end()
})

t.test('what is said before the first look is announced, and goes out with the preface', (t) => {
  const server = new ScriptedServer()
  server.client.ping()
  server.client.ping()
  t.strictSame(server.told, ['output'], 'once')
  t.strictSame(
    server.read().map(({ type }) => type),
    [TYPE.settings, TYPE.windowUpdate, TYPE.ping, TYPE.ping],
  )
  t.end()
})

t.test('no more streams than the server allows, and no more than it allows later', (t) => {
  const server = new ScriptedServer().greet({ maxConcurrentStreams: 2 })
  server.request()
  t.ok(server.client.hasRoom)
  server.request()
  t.notOk(server.client.hasRoom)
  const toldOf = (...frames: Buffer[]): string[] => {
    server.told.length = 0
    server.send(...frames)
    return server.told.filter((each) => each !== 'output')
  }
  t.strictSame(toldOf(answer(1)), ['room'])
  t.ok(server.client.hasRoom)
  server.send(settingsFrame({ maxConcurrentStreams: 0 }))
  t.notOk(server.client.hasRoom)
  t.strictSame(toldOf(settingsFrame({ maxConcurrentStreams: 5 })), ['room'])
  t.ok(server.client.hasRoom)
  server.client.drain()
  t.strictSame(toldOf(settingsFrame({ maxConcurrentStreams: 9 }), answer(3)), [], 'not any more')
  t.end()
})

/** Three requests of which the first two have left. */
function threeRequests(server: ScriptedServer): Recorded[] {
  const first = [server.request(), server.request({ method: 'POST', body: Buffer.from('b') })]
  server.read()
  return [...first, server.request()]
}

t.test('when the bytes end, what has not left is known to be unprocessed', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = threeRequests(server)
  server.client.lose('ECONNRESET')
  t.match(recorded, [
    { error: { code: 'UPSTREAM_RESET', reason: 'ECONNRESET', unprocessed: undefined } },
    { error: { code: 'UPSTREAM_RESET', unprocessed: undefined } },
    { error: { code: 'UPSTREAM_RESET', unprocessed: 'connect' } },
  ])
  t.notOk(server.client.hasRoom)
  t.equal(server.finished, undefined, 'it did not end in good order')
  t.end()
})

t.test('what was never taken to the socket has not left, the first request neither', (t) => {
  const server = new ScriptedServer().send(settingsFrame())
  const recorded = server.request({ method: 'POST', body: Buffer.from('b') })
  server.client.lose('ECONNRESET')
  t.match(recorded, { error: { unprocessed: 'connect' } })
  t.end()
})

t.test('an exchange that is given up while its connection is lost is told nothing of it', (t) => {
  const server = new ScriptedServer().greet()
  const [first, second] = threeRequests(server)
  const onError = first!.onError.bind(first)
  first!.onError = (error) => {
    onError(error)
    second!.exchange!.cancel()
  }
  server.client.lose('ECONNRESET')
  t.match(first, { error: { code: 'UPSTREAM_RESET' } })
  t.equal(second!.error, undefined)
  t.end()
})

t.test('a fault of our own is not taken for one of the server', (t) => {
  const server = new ScriptedServer().greet()
  server.request().onHeaders = () => {
    throw new TypeError('ours')
  }
  t.throws(() => server.send(answer(1)), { name: 'TypeError', message: 'ours' })
  t.equal(server.finished, undefined)
  t.end()
})

t.test('GOAWAY tells which are not processed, and the others go on', (t) => {
  for (const code of [0, 2]) {
    const server = new ScriptedServer().greet()
    const [first, second, third] = threeRequests(server)
    server.read()
    server.send(goawayFrame(3, code))
    const reason = `GOAWAY: ${ERROR_CODES[code]}`
    t.match(third, { error: { code: 'UPSTREAM_RESET', reason, unprocessed: 'goaway' } })
    t.notOk(first!.isOver)
    t.notOk(server.client.hasRoom)
    server.send(goawayFrame(3, code))
    t.strictSame(
      server.told.filter((each) => each === 'draining'),
      ['draining'],
      'once',
    )
    server.send(answer(1), answer(3))
    t.match([first, second], [{ body: 'fine' }, { body: 'fine' }])
    t.equal(server.finished, 'drained')
    t.match(server.read(), [{ type: TYPE.goaway, payload: Buffer.alloc(8) }])
  }
  t.end()
})

t.test('a second GOAWAY may lower the last stream, not raise it', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = threeRequests(server)
  server.read()
  server.send(goawayFrame(3, 0), goawayFrame(5, 0), goawayFrame(1, 0))
  t.match(recorded.slice(1), [
    { error: { unprocessed: 'goaway' } },
    { error: { unprocessed: 'goaway' } },
  ])
  server.send(answer(1))
  t.match(recorded[0], { body: 'fine' })
  t.end()
})

t.test('a frame of the server for a request that it refused by GOAWAY breaks nothing', (t) => {
  const server = new ScriptedServer().greet()
  const [first] = threeRequests(server)
  server.read()
  server.send(goawayFrame(1, 0), answer(3), answer(1))
  t.match(first, { body: 'fine' })
  t.equal(server.finished, 'drained')
  t.end()
})

t.test('ids run out: the last one is used, and no other', (t) => {
  const server = new ScriptedServer({ maxStreamId: 5 }).greet()
  const recorded = [server.request(), server.request()]
  t.ok(server.client.hasRoom)
  recorded.push(server.request())
  t.notOk(server.client.hasRoom)
  t.ok(server.told.includes('draining'))
  server.read()
  server.send(answer(1), answer(3), answer(5))
  t.match(recorded, [{ body: 'fine' }, { body: 'fine' }, { body: 'fine' }])
  t.equal(server.finished, 'drained')
  t.end()
})

t.test('drained while idle, it says GOAWAY and finishes', (t) => {
  const server = new ScriptedServer().greet()
  server.client.drain()
  t.equal(server.finished, 'drained')
  t.match(server.read(), [{ type: TYPE.goaway }])
  server.client.drain()
  t.strictSame(server.read(), [], 'once')
  t.end()
})

t.test('PINGs are acknowledged, and ours is', (t) => {
  const server = new ScriptedServer().greet()
  server.send(frame(TYPE.ping, 0, 0, Buffer.from('12345678')))
  t.match(server.read(), [{ type: TYPE.ping, flags: FLAG.ack, payload: Buffer.from('12345678') }])
  server.client.ping()
  const [ping] = server.read()
  t.match(ping, { type: TYPE.ping, flags: 0 })
  server.send(frame(TYPE.ping, FLAG.ack, 0, ping!.payload))
  t.equal(server.told.at(-1), 'pong')
  server.told.length = 0
  server.send(frame(TYPE.ping, FLAG.ack, 0, ping!.payload))
  t.strictSame(server.told, [], 'an ACK of nothing proves nothing')
  t.end()
})

t.test('acknowledgements of our own PINGs are no flood', (t) => {
  const server = new ScriptedServer().greet()
  const pong = frame(TYPE.ping, FLAG.ack, 0, Buffer.alloc(8))
  for (let i = 0; i <= 10_000; i++) {
    server.client.ping()
    server.send(pong)
  }
  t.equal(server.finished, undefined)
  t.end()
})

/** What ends the connection, and what is told of a request that has left and one that has not. */
function endsWith(t: Test, name: string, code: string, ...frames: Buffer[]): void {
  t.test(`${name} is a ${code} of the connection`, (t) => {
    const server = new ScriptedServer().greet()
    const [, gone, held] = threeRequests(server)
    server.send(...frames)
    t.match(server.finished, new RegExp(`^${code}: \\w+ .*\\w`), 'the log says which rule')
    const said = server.read()
    const { type, payload } = said.at(-1)!
    t.equal(type, TYPE.goaway)
    t.equal(ERROR_CODES[payload.readUInt32BE(4)], code)
    t.equal(said.filter((each) => each.type === TYPE.headers).length, 0, 'what was held stays')
    t.match(gone, { error: { code: 'UPSTREAM_PROTOCOL', unprocessed: undefined } })
    t.match(held, { error: { code: 'UPSTREAM_PROTOCOL', unprocessed: 'connect' } })
    // Only a limit of ours is none of the protocol's.
    const detail = gone!.error!.detail ?? ''
    t.equal(/limits allow.*may have been processed/.test(detail), code === 'ENHANCE_YOUR_CALM')
    server.send(answer(3), frame(TYPE.ping, 0, 0, Buffer.alloc(8)))
    t.equal(gone!.late, 0)
    t.strictSame(server.read(), [], 'nothing is read any more')
    t.end()
  })
}

const most = uint32(2 ** 31 - 1)
const many = (count: number, one: Buffer): Buffer[] => Array.from({ length: count }, () => one)
t.test('rules that the whole connection depends on', (t) => {
  endsWith(t, 'a frame that is none', 'FRAME_SIZE_ERROR', Buffer.alloc(99, 0xff))
  endsWith(t, 'DATA on an idle stream', 'PROTOCOL_ERROR', frame(TYPE.data, 0, 7))
  endsWith(t, 'HEADERS on an idle stream', 'PROTOCOL_ERROR', headers(7, OK))
  endsWith(t, 'RST_STREAM on an idle stream', 'PROTOCOL_ERROR', frame(TYPE.rst, 0, 7, uint32(8)))
  const idle = frame(TYPE.windowUpdate, 0, 7, uint32(1))
  endsWith(t, 'WINDOW_UPDATE on an idle stream', 'PROTOCOL_ERROR', idle)
  const even = frame(TYPE.windowUpdate, 0, 2, uint32(1))
  endsWith(t, 'WINDOW_UPDATE on an even stream', 'PROTOCOL_ERROR', even)
  const none = frame(TYPE.windowUpdate, 0, 0, uint32(0))
  endsWith(t, 'a window opened by nothing', 'PROTOCOL_ERROR', none)
  const wide = frame(TYPE.windowUpdate, 0, 0, most)
  endsWith(t, 'a window too wide', 'FLOW_CONTROL_ERROR', wide)
  const block = frame(TYPE.headers, 4, 1, Buffer.alloc(9, 0xff))
  endsWith(t, 'a block that does not decode', 'COMPRESSION_ERROR', block)
  endsWith(t, 'push', 'PROTOCOL_ERROR', settingsFrame({ enablePush: 1 }))
  const window = settingsFrame({ initialWindowSize: 2 ** 31 })
  endsWith(t, 'an initial window too wide', 'FLOW_CONTROL_ERROR', window)
  const opened = frame(TYPE.windowUpdate, 0, 1, uint32(2 ** 31 - 65_536))
  const wider = settingsFrame({ initialWindowSize: 65_536 })
  endsWith(t, 'an initial window too wide for a stream', 'FLOW_CONTROL_ERROR', opened, wider)
  for (const size of [16_383, 2 ** 24]) {
    const settings = settingsFrame({ maxFrameSize: size })
    endsWith(t, `a frame size of ${size}`, 'PROTOCOL_ERROR', settings)
  }
  const calm = 'ENHANCE_YOUR_CALM'
  const ping = frame(TYPE.ping, 0, 0, Buffer.alloc(8))
  endsWith(t, 'a flood of PING', calm, ...many(10_001, ping))
  endsWith(t, 'a flood of SETTINGS', calm, ...many(10_001, settingsFrame()))
  endsWith(t, 'a flood of acknowledgements', calm, ...many(10_001, frame(TYPE.settings, 1, 0)))
  endsWith(t, 'a flood of GOAWAY', calm, ...many(10_001, goawayFrame(5, 0)))
  endsWith(t, 'a flood of PRIORITY', calm, ...many(10_001, frame(2, 0, 1, Buffer.alloc(5))))
  endsWith(t, 'a flood of frames unknown', calm, ...many(10_001, frame(0x42, 0, 1)))
  const reset = frame(TYPE.rst, 0, 1, uint32(CANCEL))
  endsWith(t, 'a flood of RST_STREAM', calm, headers(1, OK), reset, ...many(10_001, reset))
  const empty = frame(TYPE.data, 0, 1)
  endsWith(t, 'a flood of empty DATA', calm, headers(1, OK), ...many(10_001, empty))
  endsWith(
    t,
    'PRIORITY of 4 bytes on an idle stream',
    'FRAME_SIZE_ERROR',
    frame(2, 0, 7, uint32(0)),
  )
  endsWith(
    t,
    'PRIORITY of 4 bytes on an even stream',
    'FRAME_SIZE_ERROR',
    frame(2, 0, 2, uint32(0)),
  )
  endsWith(t, 'PRIORITY on stream 0', 'PROTOCOL_ERROR', frame(2, 0, 0, Buffer.alloc(5)))
  const pong = frame(TYPE.ping, FLAG.ack, 0, Buffer.alloc(8))
  endsWith(t, 'a flood of PING ACKs', calm, ...many(10_001, pong))
  const update = frame(TYPE.windowUpdate, 0, 0, uint32(1))
  endsWith(t, 'a flood of WINDOW_UPDATE', calm, ...many(10_100, update))
  const onStream = frame(TYPE.windowUpdate, 0, 1, uint32(1))
  endsWith(t, 'a flood of WINDOW_UPDATE on a stream', calm, ...many(10_100, onStream))
  const closed = [headers(1, OK, FLAG.endStream)]
  endsWith(t, 'a flood of it on a closed stream', calm, ...closed, ...many(10_100, onStream))
  const late = frame(TYPE.data, 0, 1, Buffer.of(1))
  endsWith(t, 'a flood of DATA on a closed stream', calm, ...closed, ...many(10_001, late))
  const small = frame(TYPE.data, 0, 1, Buffer.alloc(1_023))
  endsWith(t, 'a flood of little DATA on a closed stream', calm, ...closed, ...many(10_001, small))
  const end = frame(TYPE.data, FLAG.endStream, 1)
  endsWith(t, 'a flood of ends on a closed stream', calm, ...closed, ...many(10_001, end))
  const again = headers(1, OK)
  endsWith(t, 'a flood of HEADERS on a closed stream', calm, ...closed, ...many(10_001, again))
  const padding = frame(TYPE.data, FLAG.padded, 1, Buffer.of(0))
  endsWith(t, 'a flood of padding', calm, headers(1, OK), ...many(10_001, padding))
  t.end()
})

t.test('frames that bring something are no flood, however many they are', (t) => {
  const server = new ScriptedServer().greet()
  for (let round = 0; round < 30; round++) {
    const recorded = server.request()
    server.read()
    const id = 2 * round + 1
    server.send(
      ...many(500, frame(TYPE.ping, 0, 0, Buffer.alloc(8))),
      headers(id, OK),
      ...many(500, frame(TYPE.data, 0, id, Buffer.of(1))),
      frame(TYPE.data, 1, id),
    )
    t.equal(recorded.body.length, 500)
  }
  t.equal(server.finished, undefined)
  t.end()
})

t.test('content byte by byte, and an end without any, are no part of a flood', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request()
  server.read()
  const byte = frame(TYPE.data, 0, 1, Buffer.of(1))
  // One more frame that brings nothing would be too many.
  server.send(...many(10_000, frame(TYPE.ping, 0, 0, Buffer.alloc(8))), headers(1, OK))
  server.send(...many(100, byte), frame(TYPE.data, FLAG.endStream, 1))
  t.equal(server.finished, undefined)
  t.match(recorded, { trailers: [], error: undefined })
  t.equal(recorded.body.length, 100)
  t.end()
})

t.test('a flood is of one interval, and no licence is given for the next', (t) => {
  const server = new ScriptedServer().greet()
  const pings = many(10_000, frame(TYPE.ping, 0, 0, Buffer.alloc(8)))
  for (let id = 1; id < 200; id += 2) {
    server.request()
    server.send(answer(id))
  }
  server.send(...pings)
  t.equal(server.finished, undefined)
  server.client.glitches.reset()
  server.send(...pings)
  t.equal(server.finished, undefined)
  server.send(pings[0]!)
  t.match(server.finished, 'ENHANCE_YOUR_CALM')
  t.end()
})

t.test('SETTINGS and windows are taken up to the last value that they may have', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request({ method: 'PUT', body: undefined })
  const rest = uint32(2 ** 31 - 1 - 65_535)
  server.send(
    settingsFrame({ enablePush: 0, maxFrameSize: 16_384 }),
    settingsFrame({ maxFrameSize: 2 ** 24 - 1, initialWindowSize: 2 ** 31 - 1 }),
    settingsFrame({ initialWindowSize: 65_535 }),
    frame(TYPE.windowUpdate, 0, 0, rest),
    frame(TYPE.windowUpdate, 0, 1, rest),
  )
  t.equal(server.finished, undefined)
  t.equal(recorded.error, undefined)
  recorded.exchange!.write(Buffer.alloc(200_000))
  const sizes = server.read().flatMap((f) => (f.type === TYPE.data ? [f.payload.length] : []))
  t.strictSame(sizes, [200_000])
  t.end()
})

t.test('an initial window too wide is refused while no stream is open, too', (t) => {
  const server = new ScriptedServer().greet()
  server.send(settingsFrame({ initialWindowSize: 2 ** 31 }))
  t.match(server.finished, /^FLOW_CONTROL_ERROR: /)
  t.end()
})

t.test('streams that the server resets are a flood, whatever else comes', (t) => {
  const server = new ScriptedServer().greet()
  const ping = frame(TYPE.ping, 0, 0, Buffer.alloc(8))
  for (let id = 1; id < 202 && server.finished === undefined; id += 2) {
    server.request()
    server.read()
    server.send(...many(100, ping), frame(TYPE.rst, 0, id, uint32(CANCEL)))
  }
  t.match(server.finished, 'ENHANCE_YOUR_CALM')
  t.end()
})

t.test('what comes for streams that were given up is let again to the connection', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = Array.from({ length: 40 }, () => server.request())
  // What they are sent is still taken from the window of all.
  for (const { exchange } of recorded) exchange!.cancel()
  server.read()
  const data = frame(TYPE.data, 0, 1, Buffer.alloc(16_384))
  let opened = 0
  for (let sent = 0; sent < 64 * 1024 * 1024; sent += 16_384) {
    server.send(data)
    for (const { type, payload } of server.read()) {
      if (type === TYPE.windowUpdate) opened += payload.readUInt32BE(0)
    }
  }
  t.equal(server.finished, undefined)
  t.ok(opened >= 48 * 1024 * 1024, `${opened} bytes were let again`)
  t.end()
})

t.test('a stream that was given up may still be sent to, and the table stays right', (t) => {
  const server = new ScriptedServer().greet()
  const first = server.request()
  const second = server.request()
  server.read()
  first.exchange!.cancel()
  t.match(server.read(), [{ type: TYPE.rst, streamId: 1, payload: uint32(CANCEL) }])
  // Its block puts an entry into the table, by which the second one is answered.
  const added = Buffer.concat([Buffer.of(0x88, 0x40, 1), Buffer.from('n'), Buffer.of(1, 0x76)])
  server.send(
    frame(TYPE.headers, FLAG.endHeaders, 1, added),
    frame(TYPE.data, 1, 1, Buffer.from('late')),
    frame(TYPE.headers, FLAG.endHeaders | FLAG.endStream, 3, Buffer.of(0x88, 0xbe)),
  )
  t.match(first, { status: 0, body: '', error: undefined, late: 0 })
  t.match(second, { status: 200, headers: [':status', '200', 'n', 'v'], trailers: [] })
  t.equal(server.finished, undefined)
  t.end()
})

t.test('what comes for a stream after its end is nobody’s, and harms no other', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = [server.request(), server.request(), server.request()]
  server.read()
  const late = [
    headers(1, OK),
    frame(TYPE.data, 1, 1, Buffer.from('x')),
    frame(TYPE.priority, 0, 1, Buffer.alloc(4)),
  ]
  server.send(answer(1), ...late, frame(TYPE.rst, 0, 3, uint32(CANCEL)), answer(3), answer(5))
  t.match(recorded, [
    { body: 'fine', late: 0 },
    { error: { code: 'UPSTREAM_RESET' }, late: 0 },
    { body: 'fine', late: 0 },
  ])
  t.equal(server.finished, undefined)
  t.end()
})

t.test('RST_STREAM and WINDOW_UPDATE may cross with the end of their stream', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request()
  server.read()
  server.send(
    answer(1),
    frame(TYPE.rst, 0, 1, uint32(0)),
    frame(TYPE.windowUpdate, 0, 1, uint32(1)),
  )
  t.match(recorded, { body: 'fine', error: undefined, late: 0 })
  t.equal(server.finished, undefined)
  t.end()
})

t.test(
  'REFUSED_STREAM says that a request was not processed, but only before its response',
  (t) => {
    const server = new ScriptedServer().greet()
    const recorded = [server.request(), server.request(), server.request()]
    server.read()
    server.send(
      frame(TYPE.rst, 0, 1, uint32(REFUSED_STREAM)),
      headers(3, OK),
      frame(TYPE.rst, 0, 3, uint32(REFUSED_STREAM)),
      frame(TYPE.rst, 0, 5, uint32(0xffffffff)),
    )
    t.match(recorded, [
      { error: { code: 'UPSTREAM_RESET', unprocessed: 'refused' } },
      { error: { code: 'UPSTREAM_RESET', unprocessed: undefined } },
      { error: { code: 'UPSTREAM_RESET', reason: 'reset: error 4294967295' } },
    ])
    t.end()
  },
)

t.test('a table that the server makes smaller is heeded from the next block on', (t) => {
  const server = new ScriptedServer().greet()
  const fields = ['x-a', 'value']
  for (let i = 0; i < 3; i++) server.request({ headers: fields })
  for (const { payload } of server.read()) server.hpack.decode(payload)
  server.send(settingsFrame({ headerTableSize: 0 }))
  const ack = server.read()
  t.match(ack, [{ type: TYPE.settings, flags: FLAG.ack }])
  server.request({ headers: fields })
  const [head] = server.read()
  t.equal(head!.payload[0], 0x20)
  t.strictSame(server.hpack.decode(head!.payload).at(-1), fields)
  t.end()
})

t.test('settings that we do not know are ignored', (t) => {
  const server = new ScriptedServer().greet()
  const unknown = Buffer.from('00ff00000001', 'hex')
  server.send(frame(TYPE.settings, 0, 0, unknown))
  t.match(server.read(), [{ type: TYPE.settings, flags: FLAG.ack }])
  t.end()
})

t.test('a table made smaller and larger in one frame is told as both', (t) => {
  const server = new ScriptedServer().greet()
  const fields = ['x-a', 'value']
  for (let i = 0; i < 3; i++) server.request({ headers: fields })
  for (const { payload } of server.read()) server.hpack.decode(payload)
  // HEADER_TABLE_SIZE 0, then 4096.
  server.send(frame(TYPE.settings, 0, 0, Buffer.from('000100000000000100001000', 'hex')))
  t.match(server.read(), [{ type: TYPE.settings, flags: FLAG.ack }])
  server.request({ headers: fields })
  const [head] = server.read()
  t.equal(head!.payload.subarray(0, 4).toString('hex'), '203fe11f', '0, then 4096')
  t.strictSame(server.hpack.decode(head!.payload).at(-1), fields)
  t.end()
})

t.test('PRIORITY is ignored on any stream', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request()
  server.read()
  for (const id of [1, 2, 7]) server.send(frame(TYPE.priority, 0, id, Buffer.alloc(5)))
  server.send(answer(1))
  t.match(recorded, { body: 'fine' })
  t.equal(server.finished, undefined)
  t.end()
})

t.test('200,000 WINDOW_UPDATEs do not hold 500 blocked uploads, or anyone, up', (t) => {
  const server = new ScriptedServer().greet({ maxConcurrentStreams: 1_000 })
  const uploads = Array.from({ length: 500 }, () =>
    server.request({ method: 'PUT', body: Buffer.alloc(200_000) }),
  )
  server.read()
  const update = frame(TYPE.windowUpdate, 0, 0, uint32(1))
  const chunk = Buffer.concat(many(1_000, update))
  const startedMs = performance.now()
  for (let i = 0; i < 200 && server.finished === undefined; i++) {
    server.send(chunk)
    server.read()
  }
  t.ok(performance.now() - startedMs < 300)
  t.match(server.finished, /ENHANCE_YOUR_CALM/)
  t.ok(uploads.every(({ error }) => error !== undefined))
  t.end()
})

t.test('a server that lets again each kilobyte as it reads it is no flood', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 2 ** 30 })
  server.send(frame(TYPE.windowUpdate, 0, 0, uint32(2 ** 30)))
  const recorded = server.request({ method: 'PUT', body: Buffer.alloc(16 * 1024 * 1024) })
  for (const { type, payload, streamId } of server.read()) {
    if (type !== TYPE.data) continue
    for (let left = payload.length; left > 0; left -= 1024) {
      const updates = [0, streamId].map((id) => frame(TYPE.windowUpdate, 0, id, uint32(1024)))
      server.send(...updates)
    }
  }
  server.send(answer(1))
  t.match(recorded, { body: 'fine', error: undefined })
  t.end()
})

t.test('what was on its way to streams that were given up is no flood', (t) => {
  const server = new ScriptedServer().greet()
  for (let round = 0; round < 20; round++) {
    const recorded = server.request()
    server.read()
    recorded.exchange!.cancel()
    const id = 2 * round + 1
    server.send(
      headers(id, OK),
      ...many(100, frame(TYPE.data, 0, id, Buffer.alloc(16_384))),
      ...many(900, frame(TYPE.data, 0, id, Buffer.alloc(100))),
    )
  }
  server.send(...many(11_000, frame(TYPE.data, 0, 1, Buffer.alloc(1_024))))
  t.equal(server.finished, undefined)
  t.end()
})

t.test('GOAWAY with ENHANCE_YOUR_CALM is about our PINGs only if there were any', (t) => {
  for (const isPinged of [false, true]) {
    const server = new ScriptedServer().greet()
    if (isPinged) server.client.ping()
    server.read()
    server.send(goawayFrame(0, 11))
    t.equal(server.told.includes('calm'), isPinged)
  }
  const server = new ScriptedServer().greet()
  server.client.ping()
  server.send(goawayFrame(0, 0))
  t.notOk(server.told.includes('calm'))
  t.end()
})
