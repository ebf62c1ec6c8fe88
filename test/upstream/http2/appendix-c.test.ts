/** RFC 7541, appendix C: its examples, read and written. */
import t from 'tap'
import { HpackDecoder } from '../../../src/upstream/http2/hpack-decoder.js'
import { HpackEncoder, type Indexing } from '../../../src/upstream/http2/hpack-encoder.js'

interface Example {
  readonly name: string
  readonly huffman: boolean
  readonly tableBytes: number
  /** Of each block: its fields, a line each, and its bytes. */
  readonly blocks: readonly (readonly [fields: string, hex: string])[]
}

const REQUESTS = [
  ':method: GET\n:scheme: http\n:path: /\n:authority: www.example.com',
  ':method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\ncache-control: no-cache',
  ':method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value',
] as const

const RESPONSES = [
  ':status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com',
  ':status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com',
  ':status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\nlocation: https://www.example.com\ncontent-encoding: gzip\nset-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
] as const

const EXAMPLES: readonly Example[] = [
  {
    name: 'C.3, requests without Huffman coding',
    huffman: false,
    tableBytes: 4096,
    blocks: [
      [REQUESTS[0], '828684410f7777772e6578616d706c652e636f6d'],
      [REQUESTS[1], '828684be58086e6f2d6361636865'],
      [REQUESTS[2], '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565'],
    ],
  },
  {
    name: 'C.4, requests with Huffman coding',
    huffman: true,
    tableBytes: 4096,
    blocks: [
      [REQUESTS[0], '828684418cf1e3c2e5f23a6ba0ab90f4ff'],
      [REQUESTS[1], '828684be5886a8eb10649cbf'],
      [REQUESTS[2], '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf'],
    ],
  },
  {
    name: 'C.5, responses without Huffman coding',
    huffman: false,
    tableBytes: 256,
    blocks: [
      [
        RESPONSES[0],
        '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d',
      ],
      [RESPONSES[1], '4803333037c1c0bf'],
      [
        RESPONSES[2],
        '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
      ],
    ],
  },
  {
    name: 'C.6, responses with Huffman coding',
    huffman: true,
    tableBytes: 256,
    blocks: [
      [
        RESPONSES[0],
        '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
      ],
      [RESPONSES[1], '4883640effc1c0bf'],
      [
        RESPONSES[2],
        '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
      ],
    ],
  },
]

function toFlat(fields: string): string[] {
  return fields.split('\n').flatMap((line) => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)]
  })
}

for (const { name, huffman, tableBytes, blocks } of EXAMPLES) {
  t.test(name, (t) => {
    const decoder = new HpackDecoder(65_536, tableBytes)
    const encoder = new HpackEncoder({ huffman })
    encoder.setTableLimit(tableBytes)
    const target = Buffer.alloc(4096)
    // The example's tables have their size from the start: it is not told.
    encoder.begin(target, 0)
    for (const [fields, hex] of blocks) {
      const bytes = Buffer.from(hex, 'hex')
      const flat = toFlat(fields)
      t.strictSame(decoder.decode(bytes, 0, bytes.length), flat, 'read')
      let at = 0
      for (let i = 0; i < flat.length; i += 2) {
        at = encoder.write(target, at, flat[i]!, flat[i + 1]!, 'always')
      }
      t.equal(target.toString('hex', 0, at), hex, 'written')
    }
    t.end()
  })
}

/** C.2: one field line of each kind. */
const FIELD_LINES: readonly [string, string, string, Indexing, string][] = [
  [
    'C.2.1, literal with indexing',
    'custom-key',
    'custom-header',
    'always',
    '400a637573746f6d2d6b65790d637573746f6d2d686561646572',
  ],
  [
    'C.2.2, literal without indexing',
    ':path',
    '/sample/path',
    'repeated',
    '040c2f73616d706c652f70617468',
  ],
  ['C.2.4, indexed', ':method', 'GET', 'always', '82'],
]

for (const [name, field, value, indexing, hex] of FIELD_LINES) {
  t.test(name, (t) => {
    const bytes = Buffer.from(hex, 'hex')
    t.strictSame(new HpackDecoder(65_536).decode(bytes, 0, bytes.length), [field, value])
    const target = Buffer.alloc(64)
    const end = new HpackEncoder({ huffman: false }).write(target, 0, field, value, indexing)
    t.equal(target.toString('hex', 0, end), hex)
    t.end()
  })
}

t.test('C.2.3, literal never indexed', (t) => {
  // The name is written out there, though the static table knows some like it.
  const bytes = Buffer.from('100870617373776f726406736563726574', 'hex')
  t.strictSame(new HpackDecoder(65_536).decode(bytes, 0, bytes.length), ['password', 'secret'])
  const target = Buffer.alloc(64)
  const end = new HpackEncoder().write(target, 0, 'password', 'secret', 'never')
  t.equal(target.toString('hex', 0, end), bytes.toString('hex'))
  t.end()
})

t.test('C.1, integers', (t) => {
  // As sizes of a table, whose prefix has five bits: 10, 1337, and 42 at its most.
  const sizes: [number, string][] = [
    [10, '2a'],
    [1337, '3f9a0a'],
    [42, '3f0b'],
  ]
  for (const [size, hex] of sizes) {
    const target = Buffer.alloc(8)
    const encoder = new HpackEncoder()
    encoder.setTableLimit(size)
    t.equal(target.toString('hex', 0, encoder.begin(target, 0)), hex, String(size))
    const bytes = Buffer.from(hex, 'hex')
    t.strictSame(new HpackDecoder(65_536).decode(bytes, 0, bytes.length), [])
  }
  t.end()
})
