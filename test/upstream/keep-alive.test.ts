import t from 'tap'
import { KeepAlive } from '../../src/upstream/keep-alive.js'

/** In which of so many intervals PINGs are sent, counted from 1. */
const dueIn = (keepAlive: KeepAlive, intervals: number): number[] =>
  Array.from({ length: intervals }, (_, i) => (keepAlive.tick() ? i + 1 : 0)).filter((i) => i > 0)

t.test('PINGs go out in each interval, and half as often after each complaint', (t) => {
  const keepAlive = new KeepAlive()
  t.same(dueIn(keepAlive, 3), [1, 2, 3])
  keepAlive.slowDown()
  t.same(dueIn(keepAlive, 5), [2, 4])
  keepAlive.slowDown()
  t.same(dueIn(keepAlive, 9), [4, 8], 'counted from the complaint')
  t.end()
})

t.test('connections that carry one complaint between them slow it down once', (t) => {
  const keepAlive = new KeepAlive()
  keepAlive.slowDown()
  t.same(dueIn(keepAlive, 2), [1, 2], 'nobody was asked, so that it cannot be about that')
  keepAlive.slowDown()
  keepAlive.slowDown()
  t.same(dueIn(keepAlive, 1), [])
  keepAlive.slowDown()
  t.same(dueIn(keepAlive, 3), [1, 3], 'nor was anybody asked since')
  t.end()
})

t.test('however often it complains, a server is asked every 64 minutes', (t) => {
  const keepAlive = new KeepAlive()
  for (let i = 0; i < 20; i++) {
    while (!keepAlive.tick());
    keepAlive.slowDown()
  }
  t.same(dueIn(keepAlive, 600), [256, 512])
  t.end()
})
