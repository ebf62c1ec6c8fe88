import t from 'tap'
import { SleepWatch, systemClock } from '../../src/upstream/sleep-watch.js'

const LONGEST_GAP_MS = 20_000

/** Whether it slept, by what passed on the wall clock and on the one that stands still meanwhile. */
function hasSlept(wallMs: number, monotonicMs: number): boolean {
  const time = { wall: 5_000_000, monotonic: 700 }
  const clock = { now: () => time.wall, monotonic: () => time.monotonic }
  const watch = new SleepWatch(clock, LONGEST_GAP_MS)
  time.wall += wallMs
  time.monotonic += monotonicMs
  const slept = watch.hasSlept()
  t.notOk(watch.hasSlept(), 'it is told once')
  return slept
}

t.test('clocks that are more than 2 s apart are a sleep', (t) => {
  t.notOk(hasSlept(0, 0))
  t.notOk(hasSlept(3_000, 1_000))
  t.ok(hasSlept(3_001, 1_000))
  t.notOk(hasSlept(-1_000, 1_000))
  t.ok(hasSlept(-1_001, 1_000))
  t.end()
})

t.test('so is a gap that no timer of ours leaves, though both clocks went on', (t) => {
  t.notOk(hasSlept(LONGEST_GAP_MS, LONGEST_GAP_MS))
  t.ok(hasSlept(LONGEST_GAP_MS + 1, LONGEST_GAP_MS + 1))
  t.end()
})

t.test("time comes from the machine's two clocks", (t) => {
  const before = [Date.now(), performance.now()] as const
  const now = [systemClock.now(), systemClock.monotonic()] as const
  const after = [Date.now(), performance.now()] as const
  for (const i of [0, 1] as const) t.ok(before[i] <= now[i] && now[i] <= after[i])
  t.end()
})
