import t from 'tap'
import { type Standing, timeoutOf } from '../../src/proxy/timeouts.js'

const TIMEOUTS = { responseTimeoutMs: 3_000, idleTimeoutMs: 1_000 }

/** A request whose body has arrived, and whose response is awaited; but for what is given. */
function standing(
  given: { isResponding?: boolean } & Partial<
    Standing['body'] & Standing['delivery'] & Standing['response']
  > = {},
): Standing {
  return {
    isResponding: given.isResponding ?? false,
    body: { hasEnded: given.hasEnded ?? true, isUpstreamFull: given.isUpstreamFull ?? false },
    delivery: { hasBegun: given.hasBegun ?? true, isQueued: given.isQueued ?? false },
    response: {
      isBlocked: given.isBlocked ?? false,
      isEventStream: given.isEventStream ?? false,
    },
  }
}

t.test('the upstream has the response timeout until its response begins', (t) => {
  for (const where of [
    standing(),
    standing({ hasEnded: false, isUpstreamFull: true }),
    standing({ hasEnded: false, isQueued: true }),
  ]) {
    t.equal(timeoutOf(3_000, TIMEOUTS, where), undefined)
    t.same(timeoutOf(3_001, TIMEOUTS, where), { code: 'UPSTREAM_TIMEOUT', reason: 'response' })
  }
  t.equal(timeoutOf(9_000, TIMEOUTS, standing({ hasBegun: false })), undefined, 'not for a token')
  t.end()
})

t.test('a client that sends no more of its body has the idle timeout', (t) => {
  for (const hasBegun of [false, true]) {
    const where = standing({ hasEnded: false, hasBegun })
    t.equal(timeoutOf(1_000, TIMEOUTS, where), undefined)
    t.same(timeoutOf(1_001, TIMEOUTS, where), { code: 'REQUEST_TIMEOUT' })
  }
  t.end()
})

t.test(
  'a response that stalls is the upstream’s fault, or that of a client that does not read',
  (t) => {
    const stalls = standing({ isResponding: true })
    t.equal(timeoutOf(1_000, TIMEOUTS, stalls), undefined)
    t.same(timeoutOf(1_001, TIMEOUTS, stalls), { code: 'UPSTREAM_TIMEOUT', reason: 'idle' })
    const unread = standing({ isResponding: true, isBlocked: true, isEventStream: true })
    t.equal(timeoutOf(1_000, TIMEOUTS, unread), undefined)
    t.same(timeoutOf(1_001, TIMEOUTS, unread), { code: 'CLIENT_CLOSED', reason: 'does not read' })
    const events = standing({ isResponding: true, isEventStream: true })
    t.equal(timeoutOf(90_000, TIMEOUTS, events), undefined, 'events may be far apart')
    t.end()
  },
)
