import t from 'tap'
import { RoundTrip } from '../../../src/upstream/http2/round-trip.js'

t.test('the least of all times is the round trip, and what 1 Gbit/s brings in it is known', (t) => {
  let nowMs = 7
  const roundTrip = new RoundTrip(() => nowMs)
  t.equal(roundTrip.bytes, 0)
  roundTrip.acknowledge()
  t.equal(roundTrip.leastMs, undefined, 'nothing was asked')
  roundTrip.ask()
  nowMs += 5
  roundTrip.ask()
  nowMs += 7
  roundTrip.acknowledge()
  t.equal(roundTrip.leastMs, 12)
  t.equal(roundTrip.bytes, 1_500_000)
  nowMs += 1
  roundTrip.acknowledge()
  t.equal(roundTrip.leastMs, 12, 'that was acknowledged already')
  t.ok(roundTrip.note(48))
  t.notOk(roundTrip.note(49))
  roundTrip.note(2.5)
  t.equal(roundTrip.leastMs, 2.5)
  roundTrip.note(3)
  t.equal(roundTrip.leastMs, 2.5)
  t.end()
})

t.test('it is timed by the clock that is never set back', (t) => {
  const { now } = new RoundTrip()
  const before = performance.now()
  const nowMs = now()
  t.ok(before <= nowMs && nowMs <= performance.now())
  t.end()
})
