import t from 'tap'
import { Attempt, type AttemptOwner } from '../../src/proxy/attempt.js'
import { UpstreamError } from '../../src/upstream/exchange.js'
import { ScriptedUpstream } from './scripted-upstream.js'

const HEAD = { method: 'POST', path: '/', headers: [], body: null }

/** An attempt that was begun, and what its owner is told. */
function begin(hasRoom: boolean) {
  const told: string[] = []
  const tell = (what: string) => () => void told.push(what)
  const owner: AttemptOwner = {
    onSent: tell('sent'),
    onResponse: tell('response'),
    onData: tell('data'),
    onComplete: tell('complete'),
    onUpstreamDrain: tell('drain'),
    onFailure: tell('failure'),
  }
  const upstream = new ScriptedUpstream()
  upstream.hasRoom = hasRoom
  const attempt = new Attempt(upstream, owner)
  t.equal(attempt.wasSent, false)
  t.equal(attempt.isQueued, true)
  attempt.begin(HEAD)
  const exchange = upstream.exchanges[0]!
  const sayAll = () => {
    attempt.onHeaders(200, [])
    attempt.onData(Buffer.from('a'))
    attempt.onDrain()
    attempt.onEnd([])
    attempt.onError(new UpstreamError('UPSTREAM_RESET', 'reset'))
  }
  return { told, upstream, attempt, exchange, sayAll }
}

t.test('its owner is told all, until it is over', (t) => {
  const { told, attempt, exchange, sayAll } = begin(true)
  t.equal(attempt.isQueued, false)
  t.equal(attempt.wasSent, true)
  t.equal(attempt.exchange, exchange)
  sayAll()
  t.same(told, ['sent', 'response', 'data', 'drain', 'complete'])
  sayAll()
  t.equal(told.length, 5)
  t.equal(attempt.exchange, undefined)
  t.end()
})

t.test('nothing follows a failure', (t) => {
  const { told, attempt, exchange, sayAll } = begin(true)
  attempt.onError(new UpstreamError('UPSTREAM_RESET', 'reset'))
  sayAll()
  attempt.giveUp()
  t.same(told, ['sent', 'failure'])
  t.same(exchange.calls, [], 'a stream that has failed is not cancelled')
  t.end()
})

t.test('one that is given up cancels its stream, and reaches nobody', (t) => {
  const { told, upstream, attempt, exchange, sayAll } = begin(true)
  attempt.giveUp()
  attempt.giveUp()
  sayAll()
  t.same(exchange.calls, ['cancel'])
  t.same(told, ['sent'])
  t.same(upstream.withdrawn, [], 'it does not wait for a stream')
  t.end()
})

t.test('one that is given up while it waits is withdrawn, and was not sent', (t) => {
  const { told, upstream, attempt, exchange, sayAll } = begin(false)
  t.equal(attempt.isQueued, true)
  attempt.giveUp()
  t.equal(attempt.isQueued, false)
  t.same(upstream.withdrawn, [attempt])
  sayAll()
  exchange.open()
  t.same(told, [])
  t.equal(attempt.wasSent, false)
  t.same(exchange.calls, ['cancel'], 'should a stream come all the same')
  t.end()
})
