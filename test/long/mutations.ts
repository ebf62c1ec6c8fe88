/** Owns what is done to good and bad requests to find out what the proxy takes them for. */
import fc from 'fast-check'
import { CORPUS } from '../corpus/corpus.js'
import type { Vector } from '../corpus/vector.js'

// Large ones are not what is wanted twenty thousand times.
const ROWS = CORPUS.flatMap(({ rows }) => rows).filter(([, bytes]) => bytes.length < 4_096)
const bytesOf = ([, bytes]: Vector) => [bytes].flat().join('')
const GOOD = ROWS.filter(([, , answers]) => answers[0] === '200').map(bytesOf)
const ALL = ROWS.map(bytesOf)

/** What makes a difference to a parser of HTTP. */
const SPICE = [
  ...['\r\n', '\n', '\r', '\0', ' ', '\t', ':', ';', ',', '/', '..', '%2e', '#', '\\', '\x7f'],
  ...[
    '\x0b',
    '\xff',
    '0\r\n\r\n',
    '5\r\nabcde\r\n',
    '\r\n\r\n',
    ' HTTP/1.1\r\n',
    'Host: localhost\r\n',
  ],
  ...[
    'Host: evil\r\n',
    'Content-Length: 5\r\n',
    'Content-Length: 0\r\n',
    'Expect: 100-continue\r\n',
  ],
  ...['Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: x\r\n', 'Connection: close\r\n'],
  ...[
    'Upgrade: h2c\r\nConnection: upgrade\r\n',
    'Authorization: Bearer evil\r\n',
    'Origin: null\r\n',
  ],
  ...[
    'X-Forwarded-For: 1\r\n',
    'Proxy-Authorization: x\r\n',
    'Forwarded: for=1\r\n',
    ':path: /x\r\n',
  ],
  ...['x-serverless-authorization: Bearer evil\r\n', 'GET /s HTTP/1.1\r\nHost: localhost\r\n\r\n'],
]

const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 })),
  put: fc.oneof(
    fc.constantFrom(...SPICE),
    fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
    fc.constant(''),
  ),
})

const seed = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...GOOD) },
  { weight: 1, arbitrary: fc.constantFrom(...ALL) },
)

/** One connection's bytes (Latin-1), and at which share of them they are split into two writes. */
export const mutated = fc
  .record({
    seeds: fc.array(seed, { minLength: 1, maxLength: 3 }),
    mutations: fc.array(mutation, { maxLength: 3 }),
    split: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ seeds, mutations, split }) => {
    let bytes = seeds.join('')
    for (const { at, cut, put } of mutations) {
      const index = Math.floor(at * bytes.length)
      bytes = bytes.slice(0, index) + put + bytes.slice(index + cut)
    }
    return { bytes, split }
  })
