/** Owns the faults of the matrix: what each does to a stream, when, and what a client then sees. */
import { ERROR_CODES, frame, goawayFrame, TYPE, uint32 } from './frames.js'
import type { RawStream } from './raw-stream.js'

/** When a fault strikes. */
export type Phase =
  /** The request's header came, */
  | 'request head'
  /** all of the request came, */
  | 'request end'
  /** the response's header was sent, */
  | 'response head'
  /** some of its body was, */
  | 'response body'
  /** all that `content-length` announced was, but not END_STREAM. */
  | 'response full'

export const PHASES: readonly Phase[] = [
  'request head',
  'request end',
  'response head',
  'response body',
  'response full',
]

/** `200`, `truncated` or an error's code, and how often the upstream saw the request. */
export type Seen = `${string} ×${number}`

export interface Fault {
  readonly name: string
  readonly act: (stream: RawStream) => void
  /** What may be seen in a phase; undefined: the fault makes no sense in it. */
  readonly expect: (phase: Phase) => readonly Seen[] | undefined
}

const PING = frame(TYPE.ping, 0, 0, Buffer.alloc(8))
const SETTINGS = frame(TYPE.settings, 0, 0)

const RESET: readonly Seen[] = ['UPSTREAM_RESET ×1']
const BROKEN: readonly Seen[] = ['UPSTREAM_PROTOCOL ×1', 'UPSTREAM_RESET ×1']
const TRUNCATED: readonly Seen[] = ['truncated ×1']
/** A TCP reset may overtake what was sent before it. */
const TRUNCATED_OR_LOST: readonly Seen[] = [...TRUNCATED, ...BROKEN]
const REPLAYED: readonly Seen[] = ['200 ×2']

const isResponding = (phase: Phase): boolean => phase.startsWith('response')

/**
 * Nothing of a response leaves for the client before the end of the turn in which its header came,
 * nor while all of it that is missing is END_STREAM: until then a failure is an error of the proxy's
 * own, and after that the response is truncated.
 */
function within(phase: Phase, own: readonly Seen[]): readonly Seen[] {
  return phase === 'response full' ? own : [...own, ...TRUNCATED]
}

/** @param expected before the response began; once it has, nothing is sent a second time */
function before(expected: readonly Seen[]): Fault['expect'] {
  const own = expected === REPLAYED ? RESET : expected
  return (phase) => (isResponding(phase) ? within(phase, own) : expected)
}

const PROTOCOL_CODES = ['PROTOCOL_ERROR', 'FLOW_CONTROL_ERROR', 'FRAME_SIZE_ERROR']
PROTOCOL_CODES.push('COMPRESSION_ERROR')

const resets: Fault[] = ERROR_CODES.map((name, code) => ({
  name: `RST_STREAM ${name}`,
  act: (stream) => stream.rst(code),
  expect: before(
    name === 'REFUSED_STREAM'
      ? REPLAYED
      : PROTOCOL_CODES.includes(name)
        ? ['UPSTREAM_PROTOCOL ×1']
        : RESET,
  ),
}))

const connectionEnds: Fault[] = [
  {
    name: 'TCP FIN',
    act: ({ connection }) => {
      connection.end()
    },
    expect: before(RESET),
  },
  {
    name: 'TCP RST',
    act: ({ connection }) => {
      connection.reset()
    },
    expect: (phase) => (isResponding(phase) ? within(phase, BROKEN) : RESET),
  },
]

/** With and without an end of the connection behind it. */
const goaways: Fault[] = [0, 1, 2, 11].flatMap((code) => [
  {
    name: `GOAWAY ${ERROR_CODES[code]!} below, FIN`,
    act: ({ connection, id }: RawStream) => {
      connection.goaway(Math.max(0, id - 2), code)
      connection.end()
    },
    expect: before(REPLAYED),
  },
  {
    name: `GOAWAY ${ERROR_CODES[code]!} below, open`,
    act: (stream: RawStream) => {
      stream.connection.goaway(Math.max(0, stream.id - 2), code)
    },
    expect: (phase: Phase) => (isResponding(phase) ? undefined : REPLAYED),
  },
  {
    name: `GOAWAY ${ERROR_CODES[code]!} at, FIN`,
    act: ({ connection, id }: RawStream) => {
      connection.goaway(id, code)
      connection.end()
    },
    expect: before(code === 0 ? RESET : BROKEN),
  },
  {
    name: `GOAWAY ${ERROR_CODES[code]!} above, RST`,
    act: ({ connection }: RawStream) => {
      connection.goaway(2 ** 31 - 1, code)
      connection.reset()
    },
    expect: (phase: Phase) =>
      isResponding(phase) ? within(phase, BROKEN) : code === 0 ? RESET : BROKEN,
  },
])

const WHOLE: readonly Seen[] = ['200 ×1']

/** Goes on where the phase left off and ends the answer. */
export function finish(stream: RawStream, phase: Phase): void {
  if (!isResponding(phase)) stream.answer()
  else stream.data('', { end: true })
}

/** What a peer may do at any time, and no request is the worse for it. */
const nuisances: Fault[] = (
  [
    [
      '200 PINGs',
      (s) => {
        s.connection.send(...Array.from({ length: 200 }, () => PING))
      },
    ],
    [
      '500 SETTINGS',
      (s) => {
        s.connection.send(...Array.from({ length: 500 }, () => SETTINGS))
      },
    ],
    [
      'unknown frames',
      (s) => {
        s.connection.send(frame(0x2a, 0xff, s.id, Buffer.alloc(99)))
      },
    ],
    [
      'PRIORITY',
      (s) => {
        s.connection.send(frame(TYPE.priority, 0, s.id, Buffer.alloc(5)))
      },
    ],
    [
      'GOAWAY NO_ERROR at, then the response',
      (s) => {
        s.connection.goaway(s.id)
      },
    ],
    [
      'GOAWAY NO_ERROR above, then the response',
      (s) => {
        s.connection.goaway(2 ** 31 - 1)
      },
    ],
    [
      'two GOAWAYs, then the response',
      (s) => {
        s.connection.send(goawayFrame(2 ** 31 - 1, 0), goawayFrame(s.id, 0))
      },
    ],
  ] satisfies [string, (stream: RawStream) => void][]
).map(([name, act]) => ({
  name,
  act,
  expect: (phase) => (phase === 'response full' ? undefined : WHOLE),
}))

/** More than some clients bear: they may give the connection up, but nothing else. */
const floods: Fault[] = (
  [
    [
      'PING',
      (s) => {
        s.connection.send(...Array.from({ length: 20_000 }, () => PING))
      },
    ],
    [
      'SETTINGS',
      (s) => {
        s.connection.send(...Array.from({ length: 20_000 }, () => SETTINGS))
      },
    ],
    [
      'empty DATA',
      (s) => {
        s.connection.send(...Array.from({ length: 20_000 }, () => frame(TYPE.data, 0, s.id)))
      },
    ],
    [
      'RST_STREAM',
      (s) => {
        s.connection.send(
          ...Array.from({ length: 20_000 }, () => frame(TYPE.rst, 0, s.id, uint32(8))),
        )
      },
    ],
  ] satisfies [string, (stream: RawStream) => void][]
).map(([name, act]) => ({
  name: `flood of ${name}`,
  act,
  expect: (phase) => (phase === 'response body' ? [...WHOLE, ...TRUNCATED_OR_LOST] : undefined),
}))

export const isNuisance = (fault: Fault): boolean =>
  nuisances.includes(fault) || floods.includes(fault)

export const FAULTS: readonly Fault[] = [
  ...resets,
  ...connectionEnds,
  ...goaways,
  ...nuisances,
  ...floods,
]

/** Bytes that are no HTTP/2. Some clients notice at once, others by PING only. */
export const BROKEN_BYTES: readonly [name: string, bytes: (streamId: number) => Buffer][] = [
  [
    'an HTTP/1.1 response',
    () => Buffer.from('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'),
  ],
  ['zeros', () => Buffer.alloc(64)],
  ['all ones', () => Buffer.alloc(4096, 0xff)],
  ['DATA on stream 0', () => frame(TYPE.data, 0, 0, Buffer.from('x'))],
  ['HEADERS on stream 0', () => frame(TYPE.headers, 4, 0, Buffer.of(0x88))],
  ['HEADERS on an even stream', () => frame(TYPE.headers, 4, 2, Buffer.of(0x88))],
  ['HEADERS on a stream never opened', () => frame(TYPE.headers, 4, 99_999, Buffer.of(0x88))],
  ['DATA on a stream never opened', () => frame(TYPE.data, 0, 99_999, Buffer.from('x'))],
  ['DATA before HEADERS', (id) => frame(TYPE.data, 0, id, Buffer.from('x'))],
  [
    'a header block that does not decode',
    (id) => frame(TYPE.headers, 4, id, Buffer.alloc(9, 0xff)),
  ],
  ['CONTINUATION out of nowhere', (id) => frame(TYPE.continuation, 4, id, Buffer.of(0x88))],
  [
    'HEADERS without its CONTINUATION',
    (id) => Buffer.concat([frame(TYPE.headers, 0, id, Buffer.of(0x88)), PING]),
  ],
  ['a frame over the size limit', (id) => frame(TYPE.data, 0, id, Buffer.alloc(20_000))],
  ['padding longer than its frame', (id) => frame(TYPE.data, 8, id, Buffer.of(200, 1, 2))],
  ['SETTINGS of 5 bytes', () => frame(TYPE.settings, 0, 0, Buffer.alloc(5))],
  ['SETTINGS on a stream', (id) => frame(TYPE.settings, 0, id)],
  ['SETTINGS with a window over the limit', () => settings(4, 2 ** 32 - 1)],
  ['SETTINGS with a frame size under the limit', () => settings(5, 1)],
  ['SETTINGS that enable push', () => settings(2, 1)],
  ['PING of 7 bytes', () => frame(TYPE.ping, 0, 0, Buffer.alloc(7))],
  ['WINDOW_UPDATE of 0', () => frame(TYPE.windowUpdate, 0, 0, uint32(0))],
  ['WINDOW_UPDATE over the limit', () => windowOverflow(0)],
  ['WINDOW_UPDATE over the limit of a stream', (id) => windowOverflow(id)],
  ['RST_STREAM on stream 0', () => frame(TYPE.rst, 0, 0, uint32(8))],
  ['RST_STREAM on a stream never opened', () => frame(TYPE.rst, 0, 99_999, uint32(8))],
  ['RST_STREAM of 3 bytes', (id) => frame(TYPE.rst, 0, id, Buffer.alloc(3))],
  ['GOAWAY of 7 bytes', () => frame(TYPE.goaway, 0, 0, Buffer.alloc(7))],
  ['GOAWAY on a stream', (id) => frame(TYPE.goaway, 0, id, uint32(0, 0))],
  ['PUSH_PROMISE', (id) => frame(TYPE.pushPromise, 4, id, Buffer.from([0, 0, 0, 2, 0x82]))],
]

function settings(id: number, value: number): Buffer {
  const payload = Buffer.alloc(6)
  payload.writeUInt16BE(id)
  payload.writeUInt32BE(value, 2)
  return frame(TYPE.settings, 0, 0, payload)
}

function windowOverflow(streamId: number): Buffer {
  const most = frame(TYPE.windowUpdate, 0, streamId, uint32(2 ** 31 - 1))
  return Buffer.concat([most, most])
}
