/** Owns the ways in which an upstream breaks its response, and what the proxy may say of each. */
import type { ProxyErrorCode } from '../../src/errors.js'
import { BROKEN_BYTES, FAULTS } from '../upstream/faults.js'
import { ERROR_CODES } from '../upstream/frames.js'
import type { Fields } from '../upstream/hpack.js'
import type { RawStream } from '../upstream/raw-stream.js'
import { bytesOf, isAllSaid, type Said } from './responses.js'

export interface Break {
  readonly name: string
  readonly act: (stream: RawStream, said: Said) => void
  /** The proxy's own errors that tell of it. */
  readonly codes: readonly ProxyErrorCode[]
  /** What it can follow. */
  readonly fits: (said: Said) => boolean
  /** The upstream says that it has not processed the request, if it comes first of all. */
  readonly refuses?: boolean
  /** HTTP/1 has no place for it here: the response may be whole without it. */
  readonly mayBeDropped?: (said: Said) => boolean
  /** Nothing is said any more: the proxy's patience ends. */
  readonly isSilence?: boolean
}

const RESET = ['UPSTREAM_RESET'] as const
const PROTOCOL = ['UPSTREAM_PROTOCOL'] as const
/** Both are true: which one is said depends on what is noticed first. */
const EITHER = [...PROTOCOL, ...RESET] as const
const TIMEOUT = ['UPSTREAM_TIMEOUT'] as const

const isFirst = (said: Said): boolean => said.status === undefined
const isLater = (said: Said): boolean => said.status !== undefined
const always = (): boolean => true

const resets: Break[] = (
  [
    ['NO_ERROR', RESET],
    ['PROTOCOL_ERROR', PROTOCOL],
    ['INTERNAL_ERROR', RESET],
    ['REFUSED_STREAM', RESET],
    ['CANCEL', RESET],
    ['ENHANCE_YOUR_CALM', RESET],
    ['HTTP_1_1_REQUIRED', EITHER],
  ] as const
).map(([code, codes]) => ({
  name: `RST_STREAM ${code}`,
  act: (stream) => stream.rst(ERROR_CODES.indexOf(code)),
  codes,
  fits: always,
  refuses: code === 'REFUSED_STREAM',
}))

const goaways: Break[] = FAULTS.filter(({ name }) => name.startsWith('GOAWAY')).flatMap((fault) =>
  fault.name.includes(',') && !fault.name.includes('then')
    ? [
        {
          name: fault.name,
          act: fault.act,
          codes: EITHER,
          // One that stays open promises that the response goes on.
          fits: fault.name.endsWith('open') ? isFirst : always,
          refuses: fault.name.includes('below'),
        },
      ]
    : [],
)

const connectionEnds: Break[] = [
  {
    name: 'TCP FIN',
    act: ({ connection }) => {
      connection.end()
    },
    codes: RESET,
    fits: always,
  },
  {
    name: 'TCP RST',
    act: ({ connection }) => {
      connection.reset()
    },
    codes: RESET,
    fits: always,
  },
]

/** Of all that is no HTTP/2: one of each kind, and what is said on the stream itself. */
const BROKEN_FRAMES = [
  'an HTTP/1.1 response',
  'DATA on stream 0',
  'HEADERS on an even stream',
  'a header block that does not decode',
  'CONTINUATION out of nowhere',
  'a frame over the size limit',
  'padding longer than its frame',
  'SETTINGS of 5 bytes',
  'WINDOW_UPDATE over the limit of a stream',
  'RST_STREAM of 3 bytes',
  'PUSH_PROMISE',
]

const brokenFrames: Break[] = BROKEN_BYTES.filter(([name]) => BROKEN_FRAMES.includes(name)).map(
  ([name, bytes]) => ({
    name,
    act: ({ connection, id }) => {
      connection.send(bytes(id))
    },
    codes: EITHER,
    fits: always,
  }),
)

const headers: Break[] = (
  [
    ['a header without :status', [['content-type', 'text/plain']]],
    ['a :status of letters', [[':status', 'abc']]],
    [
      'a field name in capitals',
      [
        [':status', '200'],
        ['X-Capital', '1'],
      ],
    ],
    [
      'a connection field',
      [
        [':status', '200'],
        ['connection', 'close'],
      ],
    ],
    [
      'two lengths',
      [
        [':status', '200'],
        ['content-length', '3'],
        ['content-length', '4'],
      ],
    ],
    [
      'a length of letters',
      [
        [':status', '200'],
        ['content-length', 'three'],
      ],
    ],
    [
      'a value that HTTP/1 cannot carry',
      [
        [':status', '200'],
        ['x-value', 'a\x01b'],
      ],
    ],
    [
      'a name that HTTP/1 cannot carry',
      [
        [':status', '200'],
        ['x value', 'a'],
      ],
    ],
    [
      'a value with a line feed',
      [
        [':status', '200'],
        ['x-value', 'a\nb'],
      ],
    ],
  ] satisfies [string, Fields][]
).map(([name, fields]) => ({
  name,
  act: (stream) => stream.block(fields),
  codes: PROTOCOL,
  fits: isFirst,
}))

const trailers: Break[] = (
  [
    ['trailers with a name in capitals', [['X-Capital', '1']], true],
    ['trailers with a pseudo field', [[':status', '200']], true],
    ['trailers with a connection field', [['connection', 'close']], true],
    ['trailers without END_STREAM', [['x-end', '1']], false],
    ['a trailer value that HTTP/1 cannot carry', [['x-value', 'a\x01b']], true],
    ['a trailer name that HTTP/1 cannot carry', [['x value', 'a']], true],
  ] satisfies [string, Fields, boolean][]
).map(([name, fields, end]) => ({
  name,
  act: (stream) => stream.block(fields, { end }),
  codes: PROTOCOL,
  fits: isLater,
  mayBeDropped: (said) => name.includes('HTTP/1') && isAllSaid(said),
}))

const lengths: Break[] = [
  {
    name: 'one byte more than content-length',
    act: (stream, said) => {
      stream.data(Buffer.alloc((said.announced ?? 0) - bytesOf(said) + 1, 'x'), { end: true })
    },
    codes: PROTOCOL,
    fits: ({ announced }) => announced !== undefined,
  },
  {
    name: 'an end before content-length',
    act: (stream) => stream.data('', { end: true }),
    codes: PROTOCOL,
    fits: (said) => said.announced !== undefined && !isAllSaid(said),
  },
  {
    name: 'trailers before content-length',
    act: (stream) => stream.trailers([['x-end', '1']]),
    codes: PROTOCOL,
    fits: (said) => said.announced !== undefined && !isAllSaid(said),
  },
]

const silence: Break = {
  name: 'silence',
  act: () => undefined,
  codes: TIMEOUT,
  // Events may be far apart.
  fits: ({ name }) => name !== 'an event',
  isSilence: true,
}

export const BREAKS: readonly Break[] = [
  ...resets,
  ...trailers,
  ...headers,
  ...lengths,
  ...brokenFrames,
  ...goaways,
  ...connectionEnds,
  silence,
]
