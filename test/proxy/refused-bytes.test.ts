import t from 'tap'
import { detailFrom } from '../../src/proxy/refused-bytes.js'

/** The `¦` is where the parser gave up. */
function detailOf(code: string, marked: string): string | undefined {
  const at = marked.indexOf('¦')
  return detailFrom(`HPE_${code}`, Buffer.from(marked.replace('¦', ''), 'latin1'), at)
}

const HEAD = 'GET / HTTP/1.1\r\nhost: a\r\n'

t.test('a word that is not a method is quoted, content that stands there is not', (t) => {
  t.match(detailOf('INVALID_METHOD', 'GE¦X / HTTP/1.1\r\n'), /^"GEX" is not an HTTP method/)
  t.match(detailOf('INVALID_METHOD', '¦get / HTTP/1.1\r\n'), /^"get" is not/)
  t.match(detailOf('INVALID_METHOD', 'M-¦X / HTTP/1.1\r\n'), /^"M-X" is not/)
  t.equal(detailOf('INVALID_METHOD', `¦${'A'.repeat(33)} / HTTP/1.1\r\n`), undefined)
  t.equal(detailOf('INVALID_METHOD', '¦{"key": "s3cret"}'), undefined)
  t.equal(detailOf('INVALID_METHOD', '¦get/ HTTP/1.1\r\n'), undefined)
  t.end()
})

t.test('a target is judged in the line in which the parser gave up', (t) => {
  t.match(detailOf('INVALID_URL', 'GET ¦a HTTP/1.1\r\n'), /target "a" is not a path/)
  t.match(detailOf('INVALID_URL', 'GET /a HTTP/1.1\r\n\r\nGET /\xe9¦ HTTP/1.1\r\n'), /0xe9 .*path/)
  t.match(detailOf('INVALID_URL', 'M-SEARCH  ¦* HTTP/1.1\r\n'), /target "\*" is not a path/)
  t.equal(detailOf('INVALID_URL', 'GET /fine¦ HTTP/1.1\r\n'), undefined)
  t.equal(detailOf('INVALID_URL', '¦\x01'), undefined)
  t.end()
})

t.test('what follows the target is quoted up to what may be a query', (t) => {
  const ofLine = (line: string) => detailOf('INVALID_CONSTANT', `${line}\r\n`)
  t.match(ofLine('GET /a ¦b c?key=s3cret HTTP/1.1'), /has "b c" after the target.*%20/)
  t.match(ofLine('M-SEARCH  /a  ¦b&s3cret'), /has "b" after/)
  t.match(ofLine('GET /a ¦b#s3cret'), /has "b" after/)
  t.equal(ofLine('GET /a¦'), undefined)
  t.equal(ofLine('¦'), undefined)
  t.end()
})

t.test('a version is quoted, if it is another one', (t) => {
  t.match(
    detailOf('INVALID_VERSION', 'GET / HTTP/2.¦0\r\n'),
    /^HTTP version "2\.0" is not supported/,
  )
  for (const line of [
    'GET / HTTP/1.1¦\n',
    'GET / HTTP/1.0¦\n',
    `GET / HTTP/¦${'9'.repeat(9)}\r\n`,
    'GET / HTTP/2.0 ¦s3cret\r\n',
    'GET /¦\r\n',
  ]) {
    t.equal(detailOf('INVALID_VERSION', line), undefined, JSON.stringify(line))
  }
  t.end()
})

t.test('a header is named, its value is not', (t) => {
  const ofHeader = (line: string) => detailOf('INVALID_HEADER_TOKEN', `${HEAD}${line}\r\nb: c\r\n`)
  t.match(ofHeader('¦ s3cret'), /^A header is folded/)
  t.match(ofHeader('¦\ts3cret'), /^A header is folded/)
  t.match(ofHeader('s3cret¦'), /^A header has no colon/)
  t.match(ofHeader('¦: s3cret'), /^A header has no name/)
  t.match(ofHeader('x¦ y: s3cret'), /^The header name "x y" has the byte 0x20, which cannot/)
  t.match(ofHeader('x: s3¦\x01cret'), /^The header "x" has the byte 0x01 in its value/)
  t.match(
    ofHeader("a!#$%&'*+.^_`|~-9: s3¦\x7fcret"),
    /^The header "a!#\$%&'\*\+\.\^_`\|~-9" has .*0x7f/,
  )
  t.match(ofHeader('x:¦\x01s3cret'), /^The header "x" has the byte 0x01 in its value/)
  t.equal(ofHeader('x y: s3¦\x01cret'), undefined, 'a name that is none is not quoted')
  t.equal(detailOf('INVALID_HEADER_TOKEN', 's3cret:¦\x01\r\n'), undefined, 'of an earlier packet')
  t.end()
})

t.test('the end of a line that lacks a part is named by its byte', (t) => {
  t.match(detailOf('CR_EXPECTED', `${HEAD}x: a¦\nb: c\r\n`), /"x" has the byte 0x0a in its value/)
  t.match(detailOf('LF_EXPECTED', `${HEAD}x: a\r¦s3cret\r\n`), /"x" has the byte 0x0d in its value/)
  t.equal(detailOf('LF_EXPECTED', 'x: a\r¦s3cret\r\n'), undefined, 'of an earlier packet')
  t.equal(detailOf('CR_EXPECTED', `${HEAD}x¦: a\n`), undefined, 'not in its value')
  t.match(detailOf('CR_EXPECTED', `${HEAD}x: a¦`), /the byte 0x00/, 'the packet ends there')
  t.end()
})

t.test('of framing the last value is quoted, which is the one too many', (t) => {
  const two = `${HEAD}content-length: 1\r\nContent-Length:\t2¦\r\nb: c\r\n`
  for (const code of ['UNEXPECTED_CONTENT_LENGTH', 'INVALID_CONTENT_LENGTH']) {
    t.match(detailOf(code, two), /^Content-Length "2" is not a number .*second one.*: send one/)
    t.equal(detailOf(code, `${HEAD}x: ¦1\r\n`), undefined)
  }
  t.match(
    detailOf('INVALID_TRANSFER_ENCODING', `${HEAD}transfer-encoding: gzip¦\r\n`),
    /^Transfer-Encoding "gzip" is not supported as sent: only "chunked"/,
  )
  t.equal(detailOf('INVALID_TRANSFER_ENCODING', `${HEAD}x: ¦1\r\n`), undefined)
  t.match(detailOf('INVALID_CONTENT_LENGTH', `${HEAD}content-length: 5¦x`), /"5x"/)
  t.end()
})

t.test('a size of a chunk has a byte too many, or one that is none', (t) => {
  for (const digit of ['f', 'A', '0']) {
    t.match(detailOf('INVALID_CHUNK_SIZE', `ffff¦${digit}\r\n`), /too many digits/)
  }
  t.match(detailOf('INVALID_CHUNK_SIZE', '¦zs3cret'), /the byte 0x7a in its size.*hexadecimal/)
  t.end()
})

t.test('of a head that is too long, the longest part is named', (t) => {
  const ofLength = (text: string) => detailOf('HEADER_OVERFLOW', `${text}¦`)
  const long = 's3cret'.repeat(100)
  t.match(
    ofLength(`GET /${long} HTTP/1.1\r\nx: a\r\n`),
    /16 KiB, most of it the target: send fewer/,
  )
  t.match(
    ofLength(`${HEAD}x: a\r\ncookie: ${long}\r\ny: b`),
    /most of it the header "cookie": send/,
  )
  t.match(ofLength(`${HEAD}cookie: ${long}`), /most of it the header "cookie"/)
  t.match(ofLength(long), /16 KiB: send fewer or shorter ones/, 'nothing is known of it')
  t.end()
})

t.test('of other faults, bytes tell nothing', (t) => {
  t.equal(detailOf('STRICT', `${HEAD}¦`), undefined)
  t.end()
})
