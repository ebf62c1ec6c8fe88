import { mock } from 'node:test'
import t from 'tap'
import { type InFlight, type Outcome, Traffic } from '../../src/proxy/traffic.js'
import { outcome } from '../admin/outcome.js'

/** A request in flight that does what it is told, and writes it down. */
class Request implements InFlight {
  place = -1
  readonly checkedAtMs: number[] = []
  shutDowns = 0
  onShutDown: () => void = () => undefined

  checkTimeouts(nowMs: number): void {
    this.checkedAtMs.push(nowMs)
  }

  shutDown(): void {
    this.shutDowns++
    this.onShutDown()
  }
}

function start(...requests: Request[]) {
  const outcomes: Outcome[] = []
  const replays: string[] = []
  const traffic = new Traffic([
    {
      onOutcome: (outcome) => void outcomes.push(outcome),
      onReplay: (reason) => void replays.push(reason),
    },
  ])
  for (const request of requests) traffic.begin(request)
  return { traffic, outcomes, replays }
}

t.test('requests are counted, in flight and in all, and who listens is told of each', (t) => {
  const [first, second] = [new Request(), new Request()]
  const { traffic, outcomes, replays } = start(first, second)
  t.equal(traffic.inFlight, 2)
  t.equal(traffic.total, 2)
  traffic.end(first, outcome({ path: '/first' }))
  t.equal(traffic.inFlight, 1)
  traffic.refuse(outcome({ path: '/refused' }))
  t.equal(traffic.inFlight, 1, 'what was refused never was')
  t.equal(traffic.total, 3)
  t.same(
    outcomes.map(({ path }) => path),
    ['/first', '/refused'],
  )
  traffic.replayed('goaway')
  t.same(replays, ['goaway'])
  t.end()
})

t.test('errors are the 5xx responses that are the proxy’s own', (t) => {
  const { traffic } = start()
  for (const [status, source, errors] of [
    [200, 'upstream', 0],
    [500, 'upstream', 0],
    [404, 'proxy', 0],
    [499, 'proxy', 0],
    [500, 'proxy', 1],
    [504, 'proxy', 2],
  ] as const) {
    traffic.refuse(outcome({ status, source }))
    t.equal(traffic.errors, errors, `${status} of ${source}`)
  }
  t.end()
})

t.test('requests in flight are looked at once a tick, until they end', (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => {
    mock.timers.reset()
  })
  const { traffic } = start()
  const [first, second] = [new Request(), new Request()]
  const looks = () => [first, second].map(({ checkedAtMs }) => checkedAtMs.length)
  const began = traffic.nowMs
  traffic.begin(first)
  t.ok(traffic.nowMs > began, 'after a pause the time is not an old one')
  mock.timers.tick(100)
  traffic.begin(second)
  mock.timers.tick(100)
  t.same(looks(), [1, 1])
  t.equal(first.checkedAtMs[0], traffic.nowMs)
  traffic.end(first, outcome())
  mock.timers.tick(200)
  t.same(looks(), [1, 2])
  traffic.end(second, outcome())
  mock.timers.tick(400)
  t.same(looks(), [1, 2])
  traffic.begin(first)
  mock.timers.tick(200)
  t.ok(first.checkedAtMs.length > 1, 'who comes after a pause is looked at, too')
  t.end()
})

t.test('a drain waits for those in flight, and ends none of them', async (t) => {
  const request = new Request()
  const { traffic } = start(request)
  t.equal(traffic.draining, false)
  const drained = traffic.drain(60_000)
  t.equal(traffic.draining, true)
  let isOver = false
  void drained.then(() => (isOver = true))
  await new Promise(setImmediate)
  t.equal(isOver, false)
  traffic.end(request, outcome())
  t.equal(await drained, 0)
  t.equal(request.shutDowns, 0)
  t.equal(await traffic.drain(60_000), 0, 'with none in flight it is over at once')
})

t.test('a drain that overruns ends those that are left, and lets them say so', async (t) => {
  const [first, second] = [new Request(), new Request()]
  const { traffic } = start(first, second)
  let ended = 0
  for (const request of [first, second]) {
    request.onShutDown = () => {
      // Their clients take what they were told a little later.
      setImmediate(() => {
        ended++
        traffic.end(request, outcome())
      })
    }
  }
  t.equal(await traffic.drain(1), 2)
  t.equal(ended, 2)
  t.equal(traffic.inFlight, 0)
})

t.test('only the newest eight tokens are looked for', (t) => {
  const { traffic } = start()
  for (let i = 0; i <= 8; i++) traffic.conceal(`token-${i}-`)
  for (let i = 1; i <= 8; i++) traffic.conceal('token-8-')
  t.equal(traffic.holdsSecret('/token-0-'), false)
  for (let i = 1; i <= 8; i++) t.equal(traffic.holdsSecret(`/token-${i}-/a`), true, `${i}`)
  t.end()
})

t.test('a token of ours that a client puts in a path is told to nobody', (t) => {
  const told: string[] = []
  const ids: string[] = []
  const traffic = new Traffic([
    {
      onOutcome({ path, requestId }) {
        told.push(path)
        ids.push(requestId)
      },
      onReplay: () => undefined,
    },
  ])
  const tell = (path: string): string | undefined => {
    traffic.refuse(outcome({ path }))
    return told.at(-1)
  }
  t.equal(tell('/v1/first-token/a'), '/v1/first-token/a')
  for (const token of ['first-token', 'second-token', 'second-token']) traffic.conceal(token)
  t.equal(tell('/v1/first-token/first-token'), '/v1/[redacted]/[redacted]')
  t.equal(tell('/second-token'), '/[redacted]')
  t.equal(tell('/second-toke'), '/second-toke')
  t.equal(tell('/first-token/second-token'), '/[redacted]/[redacted]')
  traffic.refuse(outcome({ requestId: 'second-token' }))
  t.equal(ids.at(-1), '[redacted]')
  t.end()
})
