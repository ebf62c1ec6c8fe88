import t from 'tap'
import { readTrailers } from '../../src/proxy/trailers.js'

t.test('trailer fields pass, but for those that must stand in a header', (t) => {
  t.same(readTrailers(['grpc-status', '0', 'x-checksum', 'a']), [
    ['grpc-status', '0'],
    ['x-checksum', 'a'],
  ])
  for (const name of [
    'content-length',
    'transfer-encoding',
    'host',
    'content-encoding',
    'content-type',
    'set-cookie',
    'authorization',
    'www-authenticate',
    'cache-control',
    'location',
    'te',
  ]) {
    t.same(readTrailers([name, '1', 'x-kept', '2']), [['x-kept', '2']], name)
  }
  t.same(readTrailers([]), [])
  t.end()
})
