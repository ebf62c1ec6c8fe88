import { Socket } from 'node:net'
import t from 'tap'
import { type ParserFault, parserFaultOf } from '../../src/proxy/parser-fault.js'

/** What is told of an error of the parser's that has no bytes with it, or bytes that tell nothing. */
function faultOf(code: string | undefined, bytes?: string): ParserFault {
  const error = Object.assign(new Error('Parse Error'), { code })
  if (bytes !== undefined) {
    Object.assign(error, { rawPacket: Buffer.from(bytes), bytesParsed: 1 })
  }
  return parserFaultOf(error, new Socket(), 1_500)
}

t.test('where the bytes do not tell what it was, the code of the parser does', (t) => {
  for (const [code, detail] of [
    ['INVALID_METHOD', /first word of the request line is not an HTTP method/],
    ['INVALID_URL', /target .* malformed: percent-encode/],
    ['INVALID_CONSTANT', /request line .* must be METHOD \/path HTTP\/1\.1/],
    ['INVALID_VERSION', /must end in HTTP\/1\.1 and CR LF/],
    ['INVALID_HEADER_TOKEN', /header is malformed: its name or value/],
    ['INVALID_CONTENT_LENGTH', /Content-Length is not a number/],
    ['UNEXPECTED_CONTENT_LENGTH', /two Content-Length headers.*: send one/],
    ['INVALID_TRANSFER_ENCODING', /Transfer-Encoding .*: only "chunked"/],
    ['INVALID_CHUNK_SIZE', /chunk .* size in hexadecimal/],
    ['CHUNK_EXTENSIONS_OVERFLOW', /extensions of a chunk .* 16 KiB/],
    ['LF_EXPECTED', /does not end in CR LF/],
    ['CR_EXPECTED', /does not end in CR LF/],
    ['STRICT', /does not end in CR LF, or a chunk/],
  ] as const) {
    for (const bytes of [undefined, '\u0001']) {
      const fault = faultOf(`HPE_${code}`, code.includes('CHUNK_SIZE') ? undefined : bytes)
      t.match(fault.detail, detail, code)
      t.match(fault, { code: 'BAD_REQUEST', isGone: false })
    }
  }
  t.end()
})

t.test('where the bytes tell what it was, they are believed', (t) => {
  const rawPacket = Buffer.from('get / HTTP/1.1')
  const ofBytes = (given: object) => {
    const error = Object.assign(new Error('Parse Error'), { code: 'HPE_INVALID_METHOD', ...given })
    return parserFaultOf(error, new Socket(), 1_500).detail
  }
  t.match(ofBytes({ rawPacket, bytesParsed: 0 }), /^"get" is not an HTTP method/)
  for (const half of [{ rawPacket }, { bytesParsed: 0 }]) {
    t.match(ofBytes(half), /^The first word of the request line/)
  }
  t.end()
})

t.test('a head over the limit, a connection that ended, and what is not known', (t) => {
  t.match(faultOf('HPE_HEADER_OVERFLOW'), { code: 'HEADERS_TOO_LARGE', isGone: false })
  t.match(faultOf('HPE_HEADER_OVERFLOW').detail, /longer than 16 KiB: send fewer or shorter/)
  t.match(faultOf('HPE_INVALID_EOF_STATE'), {
    code: 'BAD_REQUEST',
    isGone: true,
    detail: /ended in the middle of the request/,
  })
  for (const code of ['HPE_OF_ANOTHER_TIME', undefined]) {
    t.same(faultOf(code), { code: 'BAD_REQUEST', detail: undefined, isGone: false })
  }
  t.end()
})

t.test('headers that take too long have a limit that is named, and have taken it', (t) => {
  const fault = faultOf('ERR_HTTP_REQUEST_TIMEOUT')
  t.match(fault, { code: 'REQUEST_TIMEOUT', durationMs: 1_500 })
  t.match(fault.detail, /headers .* did not arrive within 1500ms/)
  const error = Object.assign(new Error('timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
  const socket = Object.assign(new Socket(), { parser: { duration: () => 1_600 } })
  t.equal(parserFaultOf(error, socket, 1_500).durationMs, 1_600)
  t.end()
})
