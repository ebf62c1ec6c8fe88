import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { Redial } from '../../src/upstream/redial.js'

/** How long the next pause is, in milliseconds. */
function pauseOf(redial: Redial, dials: { count: number }): number {
  const before = dials.count
  redial.later()
  let passed = 0
  while (dials.count === before && passed < 100_000) {
    mock.timers.tick(500)
    passed += 500
  }
  return passed
}

/** With a clock that the test moves. */
function setUp(t: Test): { redial: Redial; dials: { count: number } } {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => {
    mock.timers.reset()
  })
  const dials = { count: 0 }
  return { redial: new Redial(() => dials.count++), dials }
}

t.test('an upstream that cannot be reached is dialled after 1 s, and seldomer, up to 30 s', (t) => {
  const { redial, dials } = setUp(t)
  const pauses = Array.from({ length: 8 }, () => {
    redial.noteFailure()
    return pauseOf(redial, dials)
  })
  t.same(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  t.end()
})

t.test(
  'a connection that stood for a second ends the row of failures, a shorter one does not',
  (t) => {
    const { redial, dials } = setUp(t)
    t.notOk(redial.isFailing)
    redial.noteLife(999)
    t.ok(redial.isFailing)
    t.notOk(redial.keepsFailing)
    redial.noteLife(0)
    t.ok(redial.keepsFailing)
    redial.noteLife(1_000)
    t.notOk(redial.isFailing)
    redial.noteFailure()
    t.equal(pauseOf(redial, dials), 1_000)
    t.end()
  },
)

t.test('it waits for one dial at a time, and for none once it is stopped', (t) => {
  const { redial, dials } = setUp(t)
  redial.noteFailure()
  redial.later()
  redial.later()
  mock.timers.tick(100_000)
  t.equal(dials.count, 1)
  redial.later()
  redial.stop()
  mock.timers.tick(100_000)
  t.equal(dials.count, 1)
  t.end()
})
