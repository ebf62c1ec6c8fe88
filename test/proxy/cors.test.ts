import t from 'tap'
import { withCors } from '../../src/proxy/cors.js'

const ORIGIN = 'https://app.example'

t.test('a response varies by the origin, and says so once', (t) => {
  for (const vary of ['Origin', 'origin', '*', 'Accept,Origin', 'Accept, origin , Cookie']) {
    t.same(withCors(['vary', vary], ORIGIN), [
      ...['vary', vary, 'access-control-allow-origin', ORIGIN],
    ])
  }
  for (const vary of ['Accept', 'X-Origin', 'Original', 'Not Origin, Origin at all']) {
    t.same(withCors(['vary', vary], ORIGIN), [
      ...['vary', vary, 'access-control-allow-origin', ORIGIN, 'vary', 'Origin'],
    ])
  }
  t.same(withCors(['vary', 'Origin', 'vary', 'Accept'], ORIGIN), [
    ...['vary', 'Origin', 'vary', 'Accept', 'access-control-allow-origin', ORIGIN],
  ])
  t.end()
})

t.test('the upstream’s own word on the origin is replaced, all else stays', (t) => {
  t.same(withCors(['x-a', 'Origin'], ORIGIN), [
    ...['x-a', 'Origin', 'access-control-allow-origin', ORIGIN, 'vary', 'Origin'],
  ])
  t.same(withCors(['a', '1', 'access-control-allow-origin', '*', 'b', '2'], ORIGIN), [
    ...['a', '1', 'b', '2', 'access-control-allow-origin', ORIGIN, 'vary', 'Origin'],
  ])
  t.end()
})
