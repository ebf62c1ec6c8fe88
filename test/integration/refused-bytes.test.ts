/** What a client is told of bytes that Node's parser refused: what it was, and never a secret. */
import t from 'tap'
import { type Answer, openClient } from './raw-client.js'
import { startDoor } from './start-door.js'

const HEAD = 'POST /a HTTP/1.1\r\nhost: localhost\r\n'
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`

const CASES: readonly [bytes: string, detail: RegExp][] = [
  ['FOO /a HTTP/1.1\r\n\r\n', /^"FOO" is not an HTTP method/],
  ['get /a HTTP/1.1\r\n\r\n', /^"get" is not an HTTP method: methods are in capitals/],
  ['{"a":"s3cret"}\r\n\r\n', /^The first word of the request line/],
  ['GET /\xe9?s3cret HTTP/1.1\r\n\r\n', /^The target has the byte 0xe9 in its path at character 2/],
  ['GET a HTTP/1.1\r\n\r\n', /^The target "a" is not a path/],
  ['GET /a b HTTP/1.1\r\n\r\n', /has "b HTTP\/1\.1" after the target.*%20/],
  ['GET /a b?key=s3cret HTTP/1.1\r\n\r\n', /has "b" after the target/],
  ['GET /a HTTP/3.1\r\n\r\n', /^HTTP version "3\.1" is not supported/],
  ['GET /a HTTP/1.1\n\n', /^The request line must end in HTTP\/1\.1 and CR LF/],
  [`${HEAD}x y: s3cret\r\n\r\n`, /^The header name "x y" has the byte 0x20/],
  [`${HEAD}x\xe9: s3cret\r\n\r\n`, /^The header name "x\?" has the byte 0xe9/],
  [
    `${HEAD}authorization: Bearer\x01s3cret\r\n\r\n`,
    /^The header "authorization" has the byte 0x01/,
  ],
  [`${HEAD}x: s3cret\nb: c\r\n\r\n`, /^The header "x" has the byte 0x0a in its value/],
  [`${HEAD}x: a\rs3cret\r\n\r\n`, /^The header "x" has the byte 0x0d in its value/],
  [`${HEAD}authorization: Bearer\r\n s3cret\r\n\r\n`, /^A header is folded/],
  [`${HEAD}s3cret\r\n\r\n`, /^A header has no colon/],
  [`${HEAD}: s3cret\r\n\r\n`, /^A header has no name/],
  [`${HEAD}content-length: 5x\r\n\r\n`, /^Content-Length "5x" is not a number/],
  [`${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\n`, /^Content-Length "2" .*a second one/],
  [`${HEAD}transfer-encoding: gzip\r\n\r\n`, /^Transfer-Encoding "gzip" is not supported/],
  [`${CHUNKED}zs3cret\r\n`, /^A chunk of the body has the byte 0x7a in its size/],
  [`${CHUNKED}${'f'.repeat(20)}\r\n`, /^The size of a chunk of the body has too many digits/],
  [`${HEAD}cookie: ${'s3cret'.repeat(3_000)}\r\n\r\n`, /16 KiB, most of it the header "cookie"/],
  [`GET /${'s3cret'.repeat(3_000)} HTTP/1.1\r\n\r\n`, /16 KiB, most of it the target/],
]

t.test('what the parser refuses is named, and no value that may be secret is', async (t) => {
  const { port, upstream } = await startDoor(t)
  for (const [bytes, expected] of CASES) {
    const client = openClient(port)
    client.send(bytes)
    const answer = (await client.closed())[0] as Answer
    const { detail } = JSON.parse(answer.body) as { detail: string }
    t.match(detail, expected)
    t.notMatch(detail, /s3cret/)
    t.match(detail, /^[ -~]+$/)
  }
  t.equal(upstream.seen.length, 0)
})

t.test('of a line that began in an earlier packet, nothing is guessed', async (t) => {
  const { port } = await startDoor(t)
  const client = openClient(port)
  client.send(`${HEAD}authorization: Bear`)
  // The first packet was read when the request on another connection was responded to.
  const other = openClient(port)
  other.send('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  await other.closed()
  client.send('er s3cret:\x01\r\n\r\n')
  const { body } = (await client.closed())[0] as Answer
  t.match(JSON.parse(body), { detail: /^A header is malformed/ })
})
