import t from 'tap'
import { type RequestHead, UpstreamError } from '../../src/upstream/exchange.js'
import { WaitingRequests } from '../../src/upstream/waiting-requests.js'
import { Recorded } from './recorded.js'

const REQUEST: RequestHead = { method: 'GET', path: '/', headers: [], body: null }

function setUp(count: number): { waiting: WaitingRequests; all: Recorded[] } {
  const waiting = new WaitingRequests()
  const all = Array.from({ length: count }, () => new Recorded())
  for (const each of all) waiting.add(REQUEST, each)
  return { waiting, all }
}

t.test('who waited longest is first, and whoever left is forgotten', (t) => {
  const { waiting, all } = setUp(4)
  waiting.withdraw(all[1]!)
  waiting.withdraw(new Recorded())
  t.equal(waiting.size, 3)
  for (const index of [0, 2, 3]) t.equal(waiting.take()?.handler, all[index])
  t.equal(waiting.take(), undefined)
  t.equal(waiting.size, 0)
  t.end()
})

t.test('those who wait fail together; who comes meanwhile goes on waiting', (t) => {
  const { waiting, all } = setUp(3)
  const later = new Recorded()
  const onError = all[0]!.onError.bind(all[0])
  all[0]!.onError = (error) => {
    onError(error)
    waiting.add(REQUEST, later)
  }
  const error = new UpstreamError('UPSTREAM_UNREACHABLE', 'closing')
  waiting.fail(error)
  for (const each of all) t.equal(each.error, error)
  t.equal(later.error, undefined)
  t.equal(waiting.take()?.handler, later)
  t.end()
})
