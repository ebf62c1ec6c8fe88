import fc from 'fast-check'
import t from 'tap'
import { ConnectionError } from '../../../src/upstream/http2/error-codes.js'
import { FrameReader } from '../../../src/upstream/http2/frame-reader.js'
import type { FrameSink } from '../../../src/upstream/http2/frame-sink.js'
import { FLAG, frame, goawayFrame, padded, settingsFrame, TYPE, uint32 } from '../frames.js'

/** Writes down what it is told; parts of one DATA frame are joined. */
class Notes implements FrameSink {
  readonly lines: string[] = []
  #data = ''

  onDataFrame(id: number, flowLength: number): void {
    this.#data = `DATA ${id} flow ${flowLength} `
  }
  onData(_id: number, part: Buffer): void {
    this.#data += part.toString('latin1')
  }
  onDataFrameEnd(id: number, endStream: boolean): void {
    this.lines.push(`${this.#data} ${id} ${endStream}`)
  }
  onHeaderBlock(id: number, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.lines.push(`HEADERS ${id} ${bytes.toString('latin1', start, end)} ${endStream}`)
  }
  onReset(id: number, code: number): void {
    this.lines.push(`RST_STREAM ${id} ${code}`)
  }
  onSettings(bytes: Buffer, start: number, end: number): void {
    this.lines.push(`SETTINGS ${bytes.toString('hex', start, end)}`)
  }
  onSettingsAck(): void {
    this.lines.push('SETTINGS ack')
  }
  onPing(bytes: Buffer, start: number): void {
    this.lines.push(`PING ${bytes.toString('latin1', start, start + 8)}`)
  }
  onPingAck(): void {
    this.lines.push('PING ack')
  }
  onGoaway(last: number, code: number): void {
    this.lines.push(`GOAWAY ${last} ${code}`)
  }
  onWindowUpdate(id: number, increment: number): void {
    this.lines.push(`WINDOW_UPDATE ${id} ${increment}`)
  }
  onStreamError(id: number, code: string): void {
    this.lines.push(`error ${id} ${code}`)
  }
  onIgnored(): void {
    this.lines.push('ignored')
  }
}

const SETTINGS = settingsFrame({ maxConcurrentStreams: 7 })
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')

const FRAMES: readonly Buffer[] = [
  SETTINGS,
  frame(TYPE.settings, FLAG.ack, 0),
  frame(TYPE.headers, FLAG.endHeaders, 1, bytesOf('block')),
  frame(TYPE.data, 0, 1, bytesOf('some content')),
  frame(TYPE.data, 0, 0x80000001),
  frame(TYPE.data, FLAG.padded, 1, padded(bytesOf('padded'), 9)),
  frame(TYPE.data, FLAG.padded, 1, padded(bytesOf(''), 0)),
  frame(TYPE.data, FLAG.padded | FLAG.endStream, 1, padded(bytesOf('last'), 255)),
  frame(
    TYPE.headers,
    FLAG.padded | FLAG.priority | FLAG.endHeaders,
    3,
    padded(Buffer.concat([Buffer.alloc(5), bytesOf('with priority')]), 3),
  ),
  frame(TYPE.headers, FLAG.padded | FLAG.endHeaders, 3, padded(bytesOf(''), 4)),
  frame(TYPE.headers, FLAG.priority | FLAG.endHeaders, 3, Buffer.alloc(5)),
  frame(TYPE.headers, FLAG.endStream, 5, bytesOf('in ')),
  frame(TYPE.continuation, 0, 5, bytesOf('three ')),
  frame(TYPE.continuation, FLAG.endHeaders, 5, bytesOf('parts')),
  frame(TYPE.ping, 0, 0, bytesOf('12345678')),
  frame(TYPE.ping, FLAG.ack, 0, bytesOf('12345678')),
  frame(TYPE.priority, 0, 7, Buffer.alloc(5)),
  frame(TYPE.priority, 0, 7, Buffer.alloc(4)),
  frame(0x42, 0xff, 9, bytesOf('unknown')),
  frame(TYPE.windowUpdate, 0, 0, uint32(0x80000005)),
  frame(TYPE.windowUpdate, 0, 3, uint32(6)),
  frame(TYPE.rst, 0, 3, uint32(8)),
  Buffer.concat([goawayFrame(5, 2).subarray(0, 9), uint32(5, 2)]),
  frame(TYPE.goaway, 0, 0, Buffer.concat([uint32(0x80000003, 0), bytesOf('debug data')])),
]

const EXPECTED = [
  'SETTINGS 000300000007',
  'SETTINGS ack',
  'HEADERS 1 block false',
  'DATA 1 flow 12 some content 1 false',
  'DATA 1 flow 0  1 false',
  'DATA 1 flow 16 padded 1 false',
  'DATA 1 flow 1  1 false',
  'DATA 1 flow 260 last 1 true',
  'HEADERS 3 with priority false',
  'HEADERS 3  false',
  'HEADERS 3  false',
  'HEADERS 5 in three parts true',
  'PING 12345678',
  'PING ack',
  'ignored',
  'error 7 FRAME_SIZE_ERROR',
  'ignored',
  'WINDOW_UPDATE 0 5',
  'WINDOW_UPDATE 3 6',
  'RST_STREAM 3 8',
  'GOAWAY 5 2',
  'GOAWAY 3 0',
]

function read(chunks: readonly Buffer[]): string[] {
  const notes = new Notes()
  const reader = new FrameReader(notes)
  for (const chunk of chunks) reader.read(chunk)
  return notes.lines
}

t.test('frames of each type are read', (t) => {
  t.strictSame(read(FRAMES), EXPECTED)
  t.strictSame(read([Buffer.concat(FRAMES)]), EXPECTED, 'in one chunk')
  t.strictSame(read([...Buffer.concat(FRAMES)].map((byte) => Buffer.of(byte))), EXPECTED, 'by byte')
  t.end()
})

t.test('however bytes are split, the same is read', (t) => {
  const all = Buffer.concat(FRAMES)
  const cuts = fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 40 })
  fc.assert(
    fc.property(cuts, (at) => {
      const edges = [0, ...at.sort((a, b) => a - b), all.length]
      const chunks = edges.slice(1).map((end, i) => all.subarray(edges[i], end))
      return read(chunks).join('\n') === EXPECTED.join('\n')
    }),
    { numRuns: 500 },
  )
  t.end()
})

t.test('a frame may have 16,384 bytes', (t) => {
  const content = 'x'.repeat(16_384)
  const frames = [
    SETTINGS,
    frame(TYPE.data, 0, 1, bytesOf(content)),
    frame(TYPE.headers, FLAG.endHeaders, 1, bytesOf(content)),
  ]
  for (const chunks of [frames, [...Buffer.concat(frames)].map((byte) => Buffer.of(byte))]) {
    t.strictSame(read(chunks).slice(1), [
      `DATA 1 flow 16384 ${content} 1 false`,
      `HEADERS 1 ${content} false`,
    ])
  }
  t.end()
})

t.test('a content that comes in parts is passed on without waiting for its end', (t) => {
  const notes = new Notes()
  const reader = new FrameReader(notes)
  const parts: string[] = []
  notes.onData = (_id, part) => parts.push(part.toString())
  reader.read(SETTINGS)
  const bytes = frame(TYPE.data, 0, 1, bytesOf('abcdef'))
  reader.read(bytes.subarray(0, 9))
  t.strictSame(parts, [], 'and nothing is no part')
  reader.read(bytes.subarray(9, 11))
  t.strictSame(parts, ['ab'])
  reader.read(bytes.subarray(11))
  t.strictSame(parts, ['ab', 'cdef'])
  t.end()
})

t.test('a header block may have 128 KiB, and 64 frames, but no more', (t) => {
  /** HEADERS and CONTINUATIONs with so many bytes each. */
  const blockOf = (...lengths: number[]): Buffer[] =>
    lengths.map((length, i) => {
      const flags = i === lengths.length - 1 ? FLAG.endHeaders : 0
      return frame(i === 0 ? TYPE.headers : TYPE.continuation, flags, 1, Buffer.alloc(length, 'x'))
    })
  const sizes = Array<number>(8).fill(16_384)
  t.strictSame(read([SETTINGS, ...blockOf(...sizes)])[1], `HEADERS 1 ${'x'.repeat(131_072)} false`)
  t.throws(() => read([SETTINGS, ...blockOf(...sizes, 1)]), {
    code: 'ENHANCE_YOUR_CALM',
    message: /128 KiB/,
  })
  const ones = Array<number>(64).fill(1)
  t.strictSame(read([SETTINGS, ...blockOf(...ones)])[1], `HEADERS 1 ${'x'.repeat(64)} false`)
  t.throws(() => read([SETTINGS, ...blockOf(...ones, 1)]), {
    code: 'ENHANCE_YOUR_CALM',
    message: /64 frames/,
  })
  t.end()
})

const block = frame(TYPE.headers, 0, 1, bytesOf('x'))
const WRONG: readonly (readonly [name: string, code: string, ...frames: Buffer[]])[] = [
  ['a frame over the limit', 'FRAME_SIZE_ERROR', frame(TYPE.data, 0, 1, Buffer.alloc(16_385))],
  ['a frame far over it', 'FRAME_SIZE_ERROR', frame(TYPE.data, 0, 1, Buffer.alloc(65_537))],
  ['an unknown frame over the limit', 'FRAME_SIZE_ERROR', frame(99, 0, 1, Buffer.alloc(16_385))],
  ['DATA on stream 0', 'PROTOCOL_ERROR', frame(TYPE.data, 0, 0)],
  ['DATA on an even stream', 'PROTOCOL_ERROR', frame(TYPE.data, 0, 2)],
  ['padded DATA without its padding', 'FRAME_SIZE_ERROR', frame(TYPE.data, FLAG.padded, 1)],
  [
    'DATA with more padding than frame',
    'PROTOCOL_ERROR',
    frame(TYPE.data, FLAG.padded, 1, Buffer.of(2, 0)),
  ],
  ['HEADERS on stream 0', 'PROTOCOL_ERROR', frame(TYPE.headers, 4, 0)],
  ['HEADERS on an even stream', 'PROTOCOL_ERROR', frame(TYPE.headers, 4, 2)],
  ['padded HEADERS without its padding', 'FRAME_SIZE_ERROR', frame(TYPE.headers, 12, 1)],
  [
    'HEADERS with more padding than frame',
    'PROTOCOL_ERROR',
    frame(TYPE.headers, 12, 1, Buffer.of(2, 0)),
  ],
  [
    'HEADERS without its priority',
    'FRAME_SIZE_ERROR',
    frame(TYPE.headers, 4 | FLAG.priority, 1, Buffer.alloc(4)),
  ],
  ['PRIORITY on stream 0', 'PROTOCOL_ERROR', frame(TYPE.priority, 0, 0, Buffer.alloc(5))],
  ['RST_STREAM on stream 0', 'PROTOCOL_ERROR', frame(TYPE.rst, 0, 0, uint32(0))],
  ['RST_STREAM of 5 bytes', 'FRAME_SIZE_ERROR', frame(TYPE.rst, 0, 1, Buffer.alloc(5))],
  ['SETTINGS on a stream', 'PROTOCOL_ERROR', frame(TYPE.settings, 0, 1)],
  ['SETTINGS of 7 bytes', 'FRAME_SIZE_ERROR', frame(TYPE.settings, 0, 0, Buffer.alloc(7))],
  [
    'an acknowledgement with content',
    'FRAME_SIZE_ERROR',
    frame(TYPE.settings, FLAG.ack, 0, Buffer.alloc(6)),
  ],
  ['PUSH_PROMISE', 'PROTOCOL_ERROR', frame(TYPE.pushPromise, 4, 1, uint32(2))],
  ['PUSH_PROMISE on stream 0', 'PROTOCOL_ERROR', frame(TYPE.pushPromise, 4, 0, Buffer.alloc(8))],
  ['PING on a stream', 'PROTOCOL_ERROR', frame(TYPE.ping, 0, 1, Buffer.alloc(8))],
  ['PING of 9 bytes', 'FRAME_SIZE_ERROR', frame(TYPE.ping, 0, 0, Buffer.alloc(9))],
  ['GOAWAY on a stream', 'PROTOCOL_ERROR', frame(TYPE.goaway, 0, 1, uint32(0, 0))],
  ['GOAWAY of 4 bytes', 'FRAME_SIZE_ERROR', frame(TYPE.goaway, 0, 0, uint32(0))],
  ['WINDOW_UPDATE of 3 bytes', 'FRAME_SIZE_ERROR', frame(TYPE.windowUpdate, 0, 0, Buffer.alloc(3))],
  ['CONTINUATION of nothing', 'PROTOCOL_ERROR', frame(TYPE.continuation, 4, 1)],
  ['CONTINUATION on another stream', 'PROTOCOL_ERROR', block, frame(TYPE.continuation, 4, 3)],
  ['DATA in a header block', 'PROTOCOL_ERROR', block, frame(TYPE.data, 0, 1)],
  ['an unknown frame in a header block', 'PROTOCOL_ERROR', block, frame(99, 0, 1)],
  ['HEADERS in a header block', 'PROTOCOL_ERROR', block, block],
  [
    'a header block without end',
    'ENHANCE_YOUR_CALM',
    block,
    ...Array.from({ length: 10 }, () => frame(TYPE.continuation, 0, 1, Buffer.alloc(16_000))),
  ],
  [
    'a header block of empty parts',
    'ENHANCE_YOUR_CALM',
    block,
    ...Array.from({ length: 100 }, () => frame(TYPE.continuation, 0, 1)),
  ],
]

for (const [name, code, ...frames] of WRONG) {
  t.test(`${name} is a ${code} of the connection`, (t) => {
    for (const chunks of [frames, [...Buffer.concat(frames)].map((byte) => Buffer.of(byte))]) {
      try {
        read([SETTINGS, ...chunks])
        t.fail('it was read')
      } catch (error) {
        t.ok(error instanceof ConnectionError)
        t.equal((error as ConnectionError).code, code)
        t.match((error as ConnectionError).message, /\w+ .*\w/, 'the log says which rule')
      }
    }
    t.end()
  })
}

t.test('a frame of a wrong length is named in the log', (t) => {
  const frames: [name: string, frame: Buffer][] = [
    ['HEADERS', frame(TYPE.headers, FLAG.endHeaders | FLAG.priority, 1, Buffer.alloc(4))],
    ['RST_STREAM', frame(TYPE.rst, 0, 1, Buffer.alloc(5))],
    ['SETTINGS', frame(TYPE.settings, 0, 0, Buffer.alloc(7))],
    ['acknowledgement of SETTINGS', frame(TYPE.settings, FLAG.ack, 0, Buffer.alloc(6))],
    ['PING', frame(TYPE.ping, 0, 0, Buffer.alloc(9))],
    ['GOAWAY', frame(TYPE.goaway, 0, 0, uint32(0))],
    ['WINDOW_UPDATE', frame(TYPE.windowUpdate, 0, 1, Buffer.alloc(3))],
  ]
  for (const [name, wrong] of frames) {
    t.throws(() => read([SETTINGS, wrong]), { message: new RegExp(`^${name} (of a wrong|too)`) })
  }
  t.end()
})

t.test('the first frame is SETTINGS, or it is no HTTP/2', (t) => {
  const firsts = [
    frame(TYPE.ping, 0, 0, Buffer.alloc(8)),
    frame(TYPE.settings, FLAG.ack, 0),
    frame(TYPE.data, 0, 1, bytesOf('x')),
    frame(99, 0, 0),
  ]
  for (const first of firsts) {
    t.throws(() => read([first, SETTINGS]), { code: 'PROTOCOL_ERROR', message: /no SETTINGS/ })
  }
  t.throws(() => read([bytesOf('HTTP/1.1 400 Bad Request\r\n\r\n')]), { code: 'FRAME_SIZE_ERROR' })
  t.end()
})
