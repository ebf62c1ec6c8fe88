import t, { type Test } from 'tap'
import type { Stream } from '../../../src/upstream/http2/stream.js'
import type { StreamState } from '../../../src/upstream/http2/stream-state.js'
import {
  CANCEL,
  ERROR_CODES,
  FLAG,
  frame,
  goawayFrame,
  padded,
  REFUSED_STREAM,
  settingsFrame,
  TYPE,
  uint32,
} from '../frames.js'
import { collectGarbage } from '../../memory-in-use.js'
import type { Fields } from '../hpack.js'
import type { Recorded } from '../recorded.js'
import { headers, ScriptedServer } from './scripted-server.js'

const KIB = 1024
const OK: Fields = [[':status', '200']]
const END = FLAG.endStream

/** The content of the DATA frames of stream 1 that the client has to say, and whether it ended. */
function upload(server: ScriptedServer): { sizes: number[]; hasEnded: boolean; resets: number[] } {
  const frames = server.read()
  const data = frames.filter(({ type }) => type === TYPE.data)
  return {
    sizes: data.map(({ payload }) => payload.length),
    hasEnded: data.some(({ flags }) => (flags & END) !== 0),
    resets: frames.filter(({ type }) => type === TYPE.rst).map((f) => f.payload.readUInt32BE(0)),
  }
}

function credit(streamId: number, bytes: number): Buffer {
  return frame(TYPE.windowUpdate, 0, streamId, uint32(bytes))
}

t.test('a body waits for the windows of its stream and of the connection', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 10 })
  server.request({ method: 'PUT', body: Buffer.alloc(70_000) })
  t.strictSame(upload(server).sizes, [10])
  server.send(credit(1, 100_000))
  t.strictSame(upload(server).sizes, [16_384, 16_384, 16_384, 16_373], 'all that is left of 65,535')
  server.send(credit(1, 5))
  t.strictSame(upload(server).sizes, [])
  server.send(credit(0, 1))
  t.strictSame(upload(server), { sizes: [1], hasEnded: false, resets: [] })
  server.send(credit(0, 100_000))
  t.strictSame(upload(server), { sizes: [4_464], hasEnded: true, resets: [] })
  t.end()
})

t.test('SETTINGS move the windows of open streams, below zero even', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 100 })
  server.request({ method: 'PUT', body: Buffer.alloc(300) })
  t.strictSame(upload(server).sizes, [100])
  server.send(settingsFrame({ initialWindowSize: 20 }), credit(1, 80))
  t.strictSame(upload(server).sizes, [], '100 less 80 more is none')
  server.send(settingsFrame({ initialWindowSize: 70 }))
  t.strictSame(upload(server).sizes, [50])
  server.send(credit(1, 1_000))
  t.strictSame(upload(server), { sizes: [150], hasEnded: true, resets: [] })
  t.end()
})

t.test('frames are as large as the server takes them', (t) => {
  const server = new ScriptedServer().greet({ maxFrameSize: 40_000, initialWindowSize: 65_535 })
  server.request({ method: 'PUT', body: Buffer.alloc(60_000) })
  t.strictSame(upload(server).sizes, [40_000, 20_000])
  t.end()
})

t.test('streams that wait share what the connection lets through', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 1024 * KIB })
  for (let i = 0; i < 3; i++) server.request({ method: 'PUT', body: Buffer.alloc(60 * KIB) })
  const hasEnded = (): number[] =>
    server.read().flatMap(({ flags, streamId }) => (flags & END ? [streamId] : []))
  t.strictSame(hasEnded(), [1])
  server.send(credit(0, 20 * KIB))
  t.strictSame(hasEnded(), [])
  server.send(credit(0, 200 * KIB))
  t.strictSame(hasEnded().sort(), [3, 5])
  t.end()
})

t.test('streams that wait take turns', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 1024 * KIB })
  for (let i = 0; i < 4; i++) server.request({ method: 'PUT', body: Buffer.alloc(60 * KIB) })
  server.read()
  const turns = Array.from({ length: 6 }, () => {
    server.send(credit(0, KIB))
    return server.read().flatMap(({ type, streamId }) => (type === TYPE.data ? [streamId] : []))
  })
  t.strictSame(turns, [[3], [5], [7], [3], [5], [7]])
  t.end()
})

t.test('a body that is written piece by piece stops its writer, and lets him go on', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 10 })
  const { exchange, ...recorded } = server.request({ method: 'PUT', body: undefined })
  t.ok(exchange!.write(Buffer.alloc(10)))
  t.notOk(exchange!.write(Buffer.alloc(10)))
  t.equal(recorded.drains, 0)
  t.strictSame(upload(server).sizes, [10])
  t.end()
})

t.test('onDrain comes when all is sent that was written, and not before', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 10 })
  const recorded = server.request({ method: 'PUT', body: undefined })
  const { exchange } = recorded
  t.notOk(exchange!.write(Buffer.alloc(30)))
  server.send(credit(1, 10))
  server.read()
  t.equal(recorded.drains, 0)
  server.send(credit(1, 100))
  t.equal(recorded.drains, 1)
  t.ok(exchange!.write(Buffer.alloc(5)))
  exchange!.end()
  t.strictSame(upload(server), { sizes: [10, 5, 0], hasEnded: true, resets: [] })
  t.equal(recorded.drains, 1, 'and once')
  t.end()
})

t.test('a socket that is behind stops a writer too', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 1024 * KIB })
  server.send(credit(0, 1024 * KIB))
  const recorded = server.request({ method: 'PUT', body: undefined })
  t.ok(recorded.exchange!.write(Buffer.alloc(64 * KIB)))
  t.notOk(recorded.exchange!.write(Buffer.alloc(100 * KIB)))
  t.equal(recorded.drains, 0)
  server.read()
  t.equal(recorded.drains, 1, 'when what waited is on its way')
  t.end()
})

t.test('a writer may go on until more than 128 KiB wait for the socket', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 1024 * KIB })
  server.send(credit(0, 1024 * KIB))
  const { exchange } = server.request({ method: 'PUT', body: undefined })
  server.read()
  // With the headers of eight frames.
  t.ok(exchange!.write(Buffer.alloc(128 * KIB - 8 * 9)))
  t.notOk(exchange!.write(Buffer.alloc(1)))
  t.end()
})

t.test('what is written after the end or to a stream that is gone goes nowhere', (t) => {
  const server = new ScriptedServer().greet()
  const { exchange } = server.request({ method: 'PUT', body: undefined })
  exchange!.write(Buffer.alloc(0))
  exchange!.end()
  exchange!.end()
  t.ok(exchange!.write(Buffer.from('x')), 'nothing is to be waited for')
  t.strictSame(upload(server), { sizes: [0], hasEnded: true, resets: [] })
  exchange!.cancel()
  exchange!.cancel()
  exchange!.write(Buffer.from('x'))
  exchange!.end()
  exchange!.resume()
  t.strictSame(upload(server), { sizes: [], hasEnded: false, resets: [CANCEL] })
  t.end()
})

t.test('a cancelled upload never looks whole', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 10 })
  const { exchange } = server.request({ method: 'PUT', body: Buffer.alloc(100) })
  server.read()
  exchange!.cancel()
  server.send(credit(1, 1_000))
  t.strictSame(upload(server), { sizes: [], hasEnded: false, resets: [CANCEL] })
  t.end()
})

t.test('what is left of an upload that is given up is not kept', async (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 10 })
  const { exchange } = server.request({ method: 'PUT', body: undefined })
  const write = (chunk: Buffer): WeakRef<Buffer> => {
    exchange!.write(chunk)
    return new WeakRef(chunk)
  }
  const rest = write(Buffer.alloc(KIB))
  const isKept = async (): Promise<boolean> => {
    // A WeakRef holds what it refers to until the turn is over.
    await new Promise(setImmediate)
    collectGarbage()
    return rest.deref() !== undefined
  }
  t.ok(await isKept(), 'while it may be sent')
  exchange!.cancel()
  t.notOk(await isKept())
})

t.test('an upload that is given up does not end, though its client ends it', (t) => {
  const server = new ScriptedServer().greet()
  const { exchange } = server.request({ method: 'POST', body: undefined })
  exchange!.write(Buffer.from('half'))
  server.read()
  exchange!.cancel()
  exchange!.write(Buffer.from('more'))
  exchange!.end()
  t.strictSame(upload(server), { sizes: [], hasEnded: false, resets: [CANCEL] })
  t.end()
})

t.test('a request without a body takes none', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request({ method: 'GET', body: null })
  t.ok(recorded.exchange!.write(Buffer.from('x')), 'nobody waits for it to leave')
  recorded.exchange!.end()
  t.strictSame(upload(server), { sizes: [], hasEnded: false, resets: [] })
  server.send(headers(1, OK, END))
  t.match(recorded, { status: 200, trailers: [] })
  t.strictSame(server.read(), [])
  t.end()
})

t.test('who gives a response up in the midst of it hears no more of it', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request()
  server.read()
  recorded.onData = () => {
    recorded.exchange!.cancel()
  }
  server.send(headers(1, OK), frame(TYPE.data, END, 1, Buffer.from('all of it')))
  t.match(recorded, { status: 200, trailers: undefined, error: undefined })
  t.strictSame(upload(server).resets, [CANCEL])
  t.end()
})

t.test('nothing more is asked for of a response that is given up', (t) => {
  const server = new ScriptedServer().greet()
  const { exchange } = server.request()
  exchange!.pause()
  const data = frame(TYPE.data, 0, 1, Buffer.alloc(16 * KIB))
  server.send(headers(1, OK), ...Array.from({ length: 8 }, () => data))
  exchange!.cancel()
  server.read()
  exchange!.resume()
  t.strictSame(server.read(), [])
  t.end()
})

t.test('a response before the end of the upload ends it', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 10 })
  const recorded = server.request({ method: 'PUT', body: Buffer.alloc(100) })
  server.read()
  server.send(headers(1, [[':status', '413']], END), frame(TYPE.rst, 0, 1, uint32(0)))
  t.match(recorded, { status: 413, trailers: [], error: undefined, late: 0 })
  t.strictSame(upload(server), { sizes: [], hasEnded: false, resets: [CANCEL] })
  t.equal(server.finished, undefined)
  t.end()
})

t.test('interim responses are passed over, and trailers are not', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request()
  server.send(
    headers(1, [[':status', '100']]),
    headers(1, [
      [':status', '103'],
      ['link', '</x>'],
    ]),
    headers(1, OK),
    frame(TYPE.data, 0, 1, Buffer.from('body')),
    headers(1, [['x-sum', '42']], END),
  )
  t.match(recorded, { status: 200, body: 'body', trailers: ['x-sum', '42'], late: 0 })
  t.end()
})

/** What stream 1 is let send more, frame by frame. */
const updates = (server: ScriptedServer): number[] =>
  server
    .read()
    .filter(({ type, streamId }) => type === TYPE.windowUpdate && streamId === 1)
    .map(({ payload }) => payload.readUInt32BE(0))

t.test('half a window is let again once it is taken, and nothing while nothing is', (t) => {
  const server = new ScriptedServer().greet()
  const { exchange } = server.request()
  server.read()
  const frames = (bytes: number): Buffer[] =>
    Array.from({ length: bytes / (16 * KIB) }, () => frame(TYPE.data, 0, 1, Buffer.alloc(16 * KIB)))
  server.send(headers(1, OK), ...frames(48 * KIB))
  t.strictSame(updates(server), [], 'not for little')
  server.send(...frames(16 * KIB))
  t.strictSame(updates(server), [64 * KIB])
  exchange!.pause()
  server.send(...frames(128 * KIB))
  t.strictSame(updates(server), [])
  exchange!.resume()
  t.strictSame(updates(server), [128 * KIB])
  t.equal(server.finished, undefined)
  t.end()
})

t.test('a window is not opened for content that leaves some of it', (t) => {
  const openedFor = (length: number): number[] => {
    const server = new ScriptedServer().greet()
    const recorded = server.request()
    server.read()
    server.send(headers(1, [...OK, ['content-length', String(length)]]))
    const opened: number[] = []
    for (let sent = 0; sent < length; sent += 16 * KIB) {
      server.send(frame(TYPE.data, 0, 1, Buffer.alloc(Math.min(16 * KIB, length - sent))))
      opened.push(...updates(server))
    }
    t.equal(recorded.body.length, length)
    return opened
  }
  t.strictSame(openedFor(160 * KIB), [64 * KIB], 'once: 96 KiB were left, and 64 of the window')
  t.strictSame(openedFor(112 * KIB), [], '48 KiB were left, and 64 of the window')
  t.strictSame(openedFor(128 * KIB), [64 * KIB], 'the server waits for more before it ends it')
  t.strictSame(openedFor(128 * KIB - 256), [64 * KIB], 'so it does if it pads the last of it')
  t.strictSame(openedFor(128 * KIB - 257), [], 'the longest padding leaves one byte')
  t.end()
})

t.test('padding is let again with the content', (t) => {
  const server = new ScriptedServer().greet()
  server.request()
  const data = frame(TYPE.data, FLAG.padded, 1, padded(Buffer.alloc(1), 255))
  server.send(headers(1, OK), ...Array.from({ length: 500 }, () => data))
  const [update] = updates(server)
  t.ok(update! >= 64 * KIB)
  t.equal(server.finished, undefined)
  t.end()
})

t.test('a window stays open for the last of the content, however it is padded', (t) => {
  for (const padding of [0, 1, 70, 150, 199, 200, 255]) {
    const length = 128 * KIB - 300
    const server = new ScriptedServer().greet()
    const recorded = server.request()
    let window = 128 * KIB
    const send = (data: Buffer): void => {
      window -= data.length - 9
      server.send(data)
      for (const more of updates(server)) window += more
    }
    const last = (bytes: number, flags = 0): Buffer =>
      frame(TYPE.data, FLAG.padded | flags, 1, padded(Buffer.alloc(bytes), padding))
    server.send(headers(1, [...OK, ['content-length', String(length)]]))
    for (let sent = 0; sent < length - 100; sent += 12_000) {
      send(frame(TYPE.data, 0, 1, Buffer.alloc(Math.min(12_000, length - 100 - sent))))
    }
    // A server that insists on its padding waits for a window that has room for all of it.
    for (const [bytes, flags] of [[1], [99], [0, END]] as const) {
      const data = last(bytes, flags)
      t.ok(data.length - 9 <= window, `${data.length - 9} of ${window} for ${padding} of padding`)
      send(data)
    }
    t.match(recorded, { trailers: [] })
    t.equal(recorded.body.length, length)
  }
  t.end()
})

t.test('two lengths that are the same are one, and the client gets one', (t) => {
  const spellings: Fields[] = [
    [
      ['content-length', '1'],
      ['content-length', '1'],
    ],
    [['content-length', '1, 1']],
    [['content-length', '1,01 ,\t1']],
    [
      ['content-length', '1, 1'],
      ['content-length', ' 1 '],
    ],
  ]
  for (const lengths of spellings) {
    const server = new ScriptedServer().greet()
    const recorded = server.request()
    server.send(headers(1, [...OK, ['a', 'b'], ...lengths, ['c', 'd']]))
    server.send(frame(TYPE.data, END, 1, Buffer.from('x')))
    t.match(recorded, { status: 200, body: 'x', error: undefined })
    t.strictSame(
      recorded.headers.filter((_, i) => recorded.headers[i & ~1] === 'content-length'),
      ['content-length', '1'],
    )
    t.ok(recorded.headers.includes('d'))
  }
  t.end()
})

t.test('interim responses that come slowly are no attack', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request()
  const processing = headers(1, [[':status', '102']])
  const clock = t.capture(performance, 'now', () => nowMs)
  let nowMs = 1_000
  for (let i = 0; i < 500; i++) {
    nowMs += 250
    server.send(processing)
  }
  server.send(...Array.from({ length: 31 }, () => processing))
  t.equal(recorded.error, undefined)
  server.send(headers(1, OK, END))
  t.match(recorded, { status: 200, error: undefined })
  clock.restore()
  t.end()
})

t.test('32 interim responses at once are taken, and no more', (t) => {
  const clock = t.capture(performance, 'now', () => 1_000)
  const server = new ScriptedServer().greet()
  const recorded = server.request()
  const processing = headers(1, [[':status', '102']])
  server.send(...Array.from({ length: 32 }, () => processing))
  t.equal(recorded.error, undefined)
  server.send(processing)
  t.match(recorded.error, { reason: /more than 32/ })
  clock.restore()
  t.end()
})

t.test('the end of a body needs no window', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 10 })
  const { exchange } = server.request({ method: 'PUT', body: undefined })
  exchange!.write(Buffer.alloc(10))
  server.send(settingsFrame({ initialWindowSize: 0 }))
  exchange!.end()
  t.strictSame(upload(server), { sizes: [10, 0], hasEnded: true, resets: [] })
  const other = server.request({ method: 'PUT', body: undefined }).exchange!
  server.send(credit(3, 1024 * KIB))
  other.write(Buffer.alloc(65_525))
  server.read()
  other.end()
  t.strictSame(upload(server), { sizes: [0], hasEnded: true, resets: [] }, 'of the connection')
  t.end()
})

t.test('who was not told to wait is not told to go on', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 10 })
  const whole = server.request({ method: 'PUT', body: Buffer.alloc(20) })
  const pieces = server.request({ method: 'PUT', body: undefined })
  t.ok(pieces.exchange!.write(Buffer.alloc(5)))
  server.send(credit(1, 100), credit(3, 100))
  server.read()
  t.ok(pieces.exchange!.write(Buffer.alloc(5)))
  server.read()
  t.strictSame([whole.drains, pieces.drains], [0, 0])
  t.end()
})

t.test('an upload that is given up leaves what it would have sent to the others', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 1024 * KIB })
  const bodies = [1, 2, 3].map(() =>
    server.request({ method: 'PUT', body: Buffer.alloc(60 * KIB) }),
  )
  server.read()
  bodies[1]!.exchange!.cancel()
  server.send(credit(0, 60 * KIB))
  const sent = server.read().filter(({ type }) => type === TYPE.data)
  t.ok(sent.every(({ streamId }) => streamId === 5))
  t.equal(
    sent.reduce((sum, { payload }) => sum + payload.length, 0),
    60 * KIB,
  )
  t.equal(sent.at(-1)!.flags, END)
  t.end()
})

t.test('a writer that was told to wait and gave up is not told to go on', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 1024 * KIB })
  server.send(credit(0, 1024 * KIB))
  const recorded = server.request({ method: 'PUT', body: undefined })
  t.notOk(recorded.exchange!.write(Buffer.alloc(200 * KIB)))
  recorded.exchange!.cancel()
  server.read()
  t.equal(recorded.drains, 0)
  t.end()
})

t.test('writers go on one after the other while the socket takes it', (t) => {
  const server = new ScriptedServer().greet({ initialWindowSize: 1024 * KIB })
  server.send(credit(0, 1024 * KIB))
  const recorded = [1, 2].map(() => server.request({ method: 'PUT', body: undefined }))
  const [first, second] = recorded
  t.notOk(first!.exchange!.write(Buffer.alloc(200 * KIB)))
  first!.onDrain = () => {
    first!.exchange!.write(Buffer.alloc(129 * KIB))
  }
  t.notOk(second!.exchange!.write(Buffer.alloc(1)))
  server.read()
  t.equal(second!.drains, 0, 'the first one filled it again')
  server.read()
  t.equal(second!.drains, 1)
  t.end()
})

/** What fails a stream alone; another one goes on. */
function fails(t: Test, name: string, code: string, ...frames: Buffer[]): void {
  t.test(`${name} is a ${code} of the stream`, (t) => {
    const server = new ScriptedServer().greet()
    const recorded = server.request({ method: 'POST', body: Buffer.from('b') })
    const other: Recorded = server.request()
    server.read()
    server.send(...frames)
    t.match(recorded, { error: { code: 'UPSTREAM_PROTOCOL', unprocessed: undefined }, late: 0 })
    t.match(recorded.error?.reason, /\w+ .*\w/, 'the log says which rule')
    const resets = server.read().filter(({ type }) => type === TYPE.rst)
    t.equal(resets.length, 1)
    t.equal(resets[0]!.streamId, 1)
    t.equal(ERROR_CODES[resets[0]!.payload.readUInt32BE(0)], code)
    server.send(frame(TYPE.data, 0, 1, Buffer.from('late')), headers(3, OK, END))
    t.match(other, { status: 200, trailers: [] })
    t.equal(recorded.late, 0)
    t.equal(server.finished, undefined)
    t.end()
  })
}

t.test('a header that breaks a rule is told to nobody', (t) => {
  for (const field of [
    ['content-length', '2'],
    ['content-length', ''],
    ['connection', 'x'],
  ] as const) {
    const server = new ScriptedServer().greet()
    const recorded = server.request()
    server.send(headers(1, [...OK, field], END))
    t.match(recorded, { status: 0, error: { code: 'UPSTREAM_PROTOCOL' }, late: 0 })
  }
  t.end()
})

t.test('rules that are about one stream', (t) => {
  const wrong = 'PROTOCOL_ERROR'
  const data = frame(TYPE.data, 0, 1, Buffer.from('x'))
  fails(t, 'DATA before HEADERS', wrong, data)
  fails(t, 'a header without status', wrong, headers(1, [['a', 'b']]))
  fails(t, 'an empty header', wrong, headers(1, []))
  for (const status of ['', '20', '2000', '1200', '2x0', '099', '-20', '101']) {
    fails(t, `status "${status}"`, wrong, headers(1, [[':status', status]]))
  }
  fails(t, 'a number that is no status', wrong, headers(1, [['content-length', '200']]))
  fails(t, 'two statuses', wrong, headers(1, [...OK, ...OK]))
  fails(t, 'a status after a field', wrong, headers(1, [['a', 'b'], ...OK]))
  fails(t, 'a pseudo field of a request', wrong, headers(1, [...OK, [':path', '/']]))
  const ofConnections = ['connection', 'keep-alive', 'proxy-connection', 'upgrade']
  for (const name of [...ofConnections, 'transfer-encoding']) {
    fails(t, `a field "${name}"`, wrong, headers(1, [...OK, [name, 'x']]))
  }
  fails(t, 'an upper-case name', wrong, headers(1, [...OK, ['Upper', 'x']]))
  fails(t, 'a line break in a value', wrong, headers(1, [...OK, ['a', 'b\r\nc: d']]))
  fails(t, 'an interim response that ends', wrong, headers(1, [[':status', '103']], END))
  fails(t, 'a second header', wrong, headers(1, OK), headers(1, OK))
  fails(t, 'trailers without end', wrong, headers(1, OK), headers(1, [['a', 'b']]))
  fails(t, 'trailers with a status', wrong, headers(1, OK), headers(1, OK, END))
  fails(t, 'a window opened by nothing', wrong, credit(1, 0))
  fails(t, 'a window too wide', 'FLOW_CONTROL_ERROR', credit(1, 2 ** 31 - 1))
  const announced = (length: string, ...more: Fields): Buffer =>
    headers(1, [...OK, ['content-length', length], ...more])
  const last = frame(TYPE.data, END, 1)
  fails(t, 'less than content-length', wrong, announced('2'), data, last)
  fails(t, 'nothing of content-length', wrong, headers(1, [...OK, ['content-length', '2']], END))
  fails(t, 'less and trailers', wrong, announced('2'), data, headers(1, [['a', 'b']], END))
  fails(t, 'more than content-length', wrong, announced('1'), data, data)
  fails(t, 'content where none is announced', wrong, announced('0'), data)
  for (const length of ['', '-1', '1.0', '1e3', '0x1', '1, 2', '1,', ',1', '9'.repeat(16)]) {
    fails(t, `content-length "${length}"`, wrong, announced(length))
  }
  fails(t, 'two content-lengths', wrong, announced('1', ['content-length', '2']))
  fails(t, 'two, of which one is none', wrong, announced('x', ['content-length', '1']))
  const empty = headers(1, [[':status', '204']])
  fails(t, 'a 204 with content', wrong, empty, data)
  fails(t, 'a 304 with content', wrong, headers(1, [[':status', '304']]), data)
  const sized = headers(1, [
    [':status', '204'],
    ['content-length', '1'],
  ])
  fails(t, 'a 204 that announces content', wrong, sized)
  const priority = frame(TYPE.priority, 0, 1, Buffer.alloc(4))
  fails(t, 'PRIORITY of 4 bytes', 'FRAME_SIZE_ERROR', priority)
  const long: Fields = Array.from({ length: 10 }, (_, i) => [`n${i}`, 'x'.repeat(7 * KIB)])
  const block = frame(TYPE.headers, 0, 1)
  const parts = long.map(([name, value]) => headers(1, [[name, value]]).subarray(9))
  const continued = parts.map((part, i) => frame(TYPE.continuation, i === 9 ? 4 : 0, 1, part))
  fails(t, 'a header list too large', 'ENHANCE_YOUR_CALM', block, ...continued)
  // Told apart from what breaks the protocol, for people too.
  const interims = Array.from({ length: 40 }, () => headers(1, [[':status', '102']]))
  fails(t, 'interim responses without end', 'ENHANCE_YOUR_CALM', ...interims)
  t.end()
})

t.test('a HEAD and a 304 announce what they do not have', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = [server.request({ method: 'HEAD' }), server.request()]
  server.read()
  const length = ['content-length', '42'] as const
  server.send(
    headers(1, [...OK, length], END),
    headers(3, [[':status', '304'], length]),
    frame(TYPE.data, END, 3),
  )
  t.match(recorded, [
    { status: 200, trailers: [] },
    { status: 304, trailers: [] },
  ])
  t.end()
})

t.test('a 204 may announce no content, in so many words', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request()
  server.send(
    headers(
      1,
      [
        [':status', '204'],
        ['content-length', '0'],
      ],
      END,
    ),
  )
  t.match(recorded, { status: 204, trailers: [], error: undefined })
  t.end()
})

t.test('a length that is none is malformed, though nothing is to come', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request({ method: 'HEAD' })
  server.send(headers(1, [...OK, ['content-length', 'x']], END))
  t.match(recorded, { status: 0, error: { code: 'UPSTREAM_PROTOCOL' } })
  t.end()
})

t.test('the fields of a response come as they are, but for a length said twice', (t) => {
  const fieldsOf = (...fields: Fields): string => {
    const server = new ScriptedServer().greet()
    const recorded = server.request()
    server.send(headers(1, [...OK, ...fields]))
    return recorded.headers.join(' ')
  }
  const length = ['content-length', '1'] as const
  t.equal(fieldsOf(['a', 'b'], length, ['c', 'd']), ':status 200 a b content-length 1 c d')
  t.equal(fieldsOf(['a', 'content-length'], ['c', 'd']), ':status 200 a content-length c d')
  t.equal(fieldsOf(length, ['c', 'd'], length), ':status 200 c d content-length 1')
  t.equal(fieldsOf(['content-length', '1, 1'], ['c', 'd']), ':status 200 c d content-length 1')
  t.end()
})

t.test('a HEAD with content is a PROTOCOL_ERROR of the stream', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request({ method: 'HEAD' })
  server.read()
  server.send(headers(1, OK), frame(TYPE.data, END, 1, Buffer.from('x')))
  t.match(recorded, { status: 200, body: '', error: { code: 'UPSTREAM_PROTOCOL' } })
  t.end()
})

t.test('more than the window of a stream is a FLOW_CONTROL_ERROR of it', (t) => {
  const server = new ScriptedServer().greet()
  const recorded = server.request()
  server.read()
  recorded.exchange!.pause()
  const data = frame(TYPE.data, 0, 1, Buffer.alloc(16 * KIB))
  server.send(headers(1, OK), ...Array.from({ length: 8 }, () => data))
  t.equal(recorded.error, undefined)
  server.send(data)
  t.match(recorded.error, { code: 'UPSTREAM_PROTOCOL', reason: 'more than the window' })
  t.equal(recorded.body.length, 128 * KIB)
  const [reset] = upload(server).resets
  t.equal(ERROR_CODES[reset!], 'FLOW_CONTROL_ERROR')
  t.end()
})

for (const [code, name] of ERROR_CODES.entries()) {
  t.test(`RST_STREAM with ${name} truncates the response, whatever it means`, (t) => {
    const server = new ScriptedServer().greet()
    const recorded = server.request()
    server.read()
    server.send(
      headers(1, OK),
      frame(TYPE.data, 0, 1, Buffer.from('half')),
      frame(TYPE.rst, 0, 1, uint32(code)),
    )
    t.match(recorded, { body: 'half', trailers: undefined, late: 0 })
    t.match(recorded.error, { reason: `reset: ${name}`, unprocessed: undefined })
    t.strictSame(server.read(), [], 'a reset is not returned')
    t.end()
  })

  t.test(`RST_STREAM with ${name} before a response says what became of the request`, (t) => {
    const server = new ScriptedServer().greet()
    const recorded = server.request({ method: 'POST', body: Buffer.from('b') })
    server.read()
    server.send(headers(1, [[':status', '103']]), frame(TYPE.rst, 0, 1, uint32(code)))
    t.match(recorded.error, {
      // What says that bytes were wrong, ours or the server's.
      code: /^(PROTOCOL|FLOW_CONTROL|FRAME_SIZE|COMPRESSION)_/.test(name)
        ? 'UPSTREAM_PROTOCOL'
        : 'UPSTREAM_RESET',
      unprocessed: name === 'REFUSED_STREAM' ? 'refused' : undefined,
    })
    t.end()
  })
}

t.test('a stream says how it ended', (t) => {
  const cases: [StreamState, ...Buffer[]][] = [
    ['complete', headers(1, OK, END)],
    ['violated', headers(1, [])],
    ['reset', frame(TYPE.rst, 0, 1, uint32(CANCEL))],
    ['refused', frame(TYPE.rst, 0, 1, uint32(REFUSED_STREAM))],
    ['disowned', goawayFrame(0, 0)],
    ['lost', Buffer.alloc(9, 0xff)],
  ]
  for (const [state, ...frames] of cases) {
    const server = new ScriptedServer().greet()
    const { exchange } = server.request()
    server.read()
    t.equal((exchange as Stream).state, 'half-closed (local)')
    server.send(...frames)
    t.equal((exchange as Stream).state, state)
  }
  t.end()
})

t.test('our own limits are named, for the log and for the client', (t) => {
  const long: Fields = Array.from({ length: 10 }, (_, i) => [`n${i}`, 'x'.repeat(7 * KIB)])
  const parts = long.map(([name, value]) => headers(1, [[name, value]]).subarray(9))
  const cases: [RegExp, RegExp, Buffer[]][] = [
    [
      /header list of more than 64 KiB/,
      /more than 64 KiB of header fields, which is this proxy's limit/,
      [
        frame(TYPE.headers, 0, 1),
        ...parts.map((part, i) => frame(TYPE.continuation, i === 9 ? 4 : 0, 1, part)),
      ],
    ],
    [
      /more than 32 interim responses at once/,
      /32 interim responses \(1xx\) at once, which is this proxy's limit/,
      Array.from({ length: 40 }, () => headers(1, [[':status', '102']])),
    ],
    [
      /header block of more than 128 KiB/,
      /more than this proxy's limits allow/,
      [
        frame(TYPE.headers, 0, 1),
        ...Array.from({ length: 9 }, () => frame(TYPE.continuation, 0, 1, Buffer.alloc(16_000))),
      ],
    ],
  ]
  for (const [reason, detail, frames] of cases) {
    const server = new ScriptedServer().greet()
    const recorded = server.request()
    server.read()
    server.send(...frames)
    t.match(recorded.error, { code: 'UPSTREAM_PROTOCOL', reason, detail })
  }
  t.end()
})
