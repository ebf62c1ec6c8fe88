import t from 'tap'
import { systemClock } from '../../src/token/clock.js'

t.test('the system’s clock tells both times, calls back, and can be told not to', async (t) => {
  const [before, beforeMs] = [Date.now(), performance.now()]
  const [now, monotonicMs] = [systemClock.now(), systemClock.monotonic()]
  t.ok(before <= now && now <= Date.now())
  t.ok(beforeMs <= monotonicMs && monotonicMs <= performance.now())
  const called: string[] = []
  // Its timers hold no process up.
  const held = setTimeout(() => undefined, 60_000)
  const cleared = systemClock.schedule(() => called.push('cleared'), 1)
  systemClock.clear(cleared)
  await new Promise<void>((resolve) => {
    systemClock.schedule(() => {
      called.push('due')
      resolve()
    }, 20)
  })
  clearTimeout(held)
  t.same(called, ['due'])
})
