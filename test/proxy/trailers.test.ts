import t from 'tap'
import { readTrailers } from '../../src/proxy/trailers.js'

t.test('trailer fields pass, but for those that must stand in a header', (t) => {
  t.same(readTrailers(['grpc-status', '0', 'x-checksum', 'a']), [
    ['grpc-status', '0'],
    ['x-checksum', 'a'],
  ])
  for (const name of [
    ...['content-length', 'transfer-encoding', 'host', 'te', 'connection'],
    ...['cache-control', 'expect', 'max-forwards', 'pragma', 'range'],
    ...['if-match', 'if-none-match', 'if-range', 'if-modified-since', 'if-unmodified-since'],
    ...['authorization', 'proxy-authenticate', 'proxy-authorization', 'www-authenticate'],
    ...['cookie', 'set-cookie', 'age', 'date', 'expires', 'location', 'retry-after', 'vary'],
    ...['warning', 'content-encoding', 'content-type', 'content-range'],
  ]) {
    t.same(readTrailers([name, '1', 'x-kept', '2']), [['x-kept', '2']], name)
  }
  t.same(readTrailers([]), [])
  t.end()
})
