import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { Delivery } from '../../src/proxy/delivery.js'
import { RequestBody } from '../../src/proxy/request-body.js'
import { Token } from '../../src/token/token.js'
import { type Unprocessed, UpstreamError } from '../../src/upstream/exchange.js'
import { ScriptedUpstream } from './scripted-upstream.js'

const KIB = 1024
const FIRST = new Token('first', 0, Infinity)
const SECOND = new Token('second', 0, Infinity)

/** What a token keeper promises, kept or broken by the test. */
interface Promised {
  keep(token: Token | undefined): Promise<void>
  break(): Promise<void>
}

interface Options {
  /** Default: `FIRST`. */
  token?: Token | undefined
  /** Of the body; default: none. */
  contentLength?: number
  limit?: number
}

/** A delivery that was begun, with all that it tells and asks for. */
function begin(options: Options = {}) {
  const told: string[] = []
  const upstream = new ScriptedUpstream()
  const promises: Promised[] = []
  const promise = (): Promise<Token> =>
    new Promise<Token | undefined>((resolve, reject) => {
      const settled = () => new Promise<void>(setImmediate)
      promises.push({
        keep: (token) => (resolve(token), settled()),
        break: () => (reject(new Error('no token')), settled()),
      })
    }) as Promise<Token>
  const tokens = {
    held: 'token' in options ? options.token : FIRST,
    retryInMs: 2_000,
    current: () => tokens.held,
    next: promise,
    refused: (token: Token) => {
      told.push(`refused ${token.reveal()}`)
      return promise()
    },
  }
  const stream = new IncomingMessage(new Socket())
  const body = new RequestBody(stream, options.contentLength ?? 0, options.limit ?? 64 * KIB, {
    onWhole: () => undefined,
    onProgress: () => undefined,
  })
  const wants = { more: true, any: true }
  const delivery = new Delivery(
    { upstream, tokens, traffic: { replayed: (reason) => void told.push(`replayed ${reason}`) } },
    { method: 'POST', target: '/a?b', headers: ['authorization', ''], tokenAt: 1, body },
    {
      onBodyWanted: () => void told.push('body wanted'),
      onAttempt: () => void told.push('attempt'),
      onResponse: (status) => void told.push(`response ${status}`),
      onContent: (part) => {
        told.push(`content ${part.toString()}`)
        if (!wants.any) delivery.giveUp()
        return wants.more
      },
      onComplete: (trailers) => void told.push(['complete', ...trailers].join(' ')),
      onUndelivered: ({ reason }) => void told.push(`undelivered: ${reason}`),
      onNoToken: (retryInMs) => void told.push(`no token for ${retryInMs}`),
    },
  )
  t.equal(delivery.hasBegun, false)
  t.equal(delivery.isQueued, false)
  delivery.begin()
  return { told, upstream, promises, tokens, stream, body, delivery, wants }
}

type Begun = ReturnType<typeof begin>

const failure = (unprocessed?: Unprocessed): UpstreamError =>
  new UpstreamError('UPSTREAM_RESET', 'reset', { unprocessed })

/** A request that got a 401, and for which another token is being minted. */
function refuse(content = '', options: Options = {}): Begun {
  const begun = begin(options)
  const { handler } = begun.upstream.exchanges[0]!
  handler.onHeaders(401, [])
  if (content !== '') handler.onData(Buffer.from(content))
  begun.told.length = 0
  return begun
}

// The token

t.test('what is sent carries the token that is held', (t) => {
  const { upstream, told, delivery } = begin()
  t.same(upstream.exchanges[0]!.request, {
    ...{ method: 'POST', path: '/a?b', body: null },
    headers: ['authorization', 'Bearer first'],
  })
  t.same(told, ['attempt'])
  t.equal(delivery.hasBegun, true)
  t.equal(delivery.sent, 1)
  t.equal(delivery.mayHaveRun, true)
  t.end()
})

t.test('without a token it waits for one, and nothing is sent before', async (t) => {
  const { upstream, promises, delivery } = begin({ token: undefined })
  t.equal(upstream.exchanges.length, 0)
  t.equal(delivery.hasBegun, false)
  t.equal(delivery.isQueued, false, 'for a token, not for a stream')
  await promises[0]!.keep(SECOND)
  t.same(upstream.exchanges[0]!.request.headers, ['authorization', 'Bearer second'])
})

t.test('where none can be minted, it is told when to try again', async (t) => {
  const { told, upstream, promises, delivery } = begin({ token: undefined })
  await promises[0]!.break()
  t.same(told, ['no token for 2000'])
  t.equal(upstream.exchanges.length, 0)
  t.equal(delivery.mayHaveRun, false)
})

t.test('given up while it waits for a token, it sends and tells nothing', async (t) => {
  for (const how of ['keep', 'break'] as const) {
    const { told, upstream, promises, delivery } = begin({ token: undefined })
    delivery.giveUp()
    await promises[0]![how](SECOND)
    t.same(told, [], how)
    t.equal(upstream.exchanges.length, 0, how)
  }
})

// A second time

t.test('what provably was not processed is sent once more, and no third time', (t) => {
  for (const reason of ['refused', 'goaway'] as const) {
    const { told, upstream, delivery } = begin()
    upstream.exchanges[0]!.handler.onError(failure(reason))
    t.same(told, ['attempt', `replayed ${reason}`, 'attempt'])
    t.equal(delivery.mayHaveRun, true)
    upstream.exchanges[1]!.handler.onError(failure(reason))
    t.equal(told.at(-1), 'undelivered: reset')
    t.equal(upstream.exchanges.length, 2)
    t.equal(delivery.sent, 2)
    t.equal(delivery.mayHaveRun, false)
  }
  t.end()
})

t.test('what may have been processed is not sent again', (t) => {
  const { told, upstream, delivery } = begin()
  upstream.exchanges[0]!.handler.onError(failure())
  t.same(told, ['attempt', 'undelivered: reset'])
  t.equal(upstream.exchanges.length, 1)
  t.equal(delivery.mayHaveRun, true)
  t.end()
})

t.test('what has begun to respond has run, whatever is said of it afterwards', (t) => {
  const { told, upstream, delivery } = begin()
  const { handler } = upstream.exchanges[0]!
  handler.onHeaders(200, [])
  handler.onError(failure('goaway'))
  t.same(told, ['attempt', 'response 200', 'undelivered: reset'])
  t.equal(upstream.exchanges.length, 1)
  t.equal(delivery.mayHaveRun, true)
  t.end()
})

t.test('one that fails while it waits for a stream was not sent', (t) => {
  const { upstream, delivery, told } = begin()
  upstream.hasRoom = false
  upstream.exchanges[0]!.handler.onError(failure('refused'))
  t.equal(delivery.isQueued, true)
  upstream.exchanges[1]!.handler.onError(new UpstreamError('UPSTREAM_UNREACHABLE', 'refused'))
  t.equal(delivery.isQueued, false)
  t.equal(told.at(-1), 'undelivered: refused')
  t.equal(delivery.sent, 1)
  t.equal(delivery.mayHaveRun, false)
  t.end()
})

t.test('a failed connection did not carry the request, though it had a stream', (t) => {
  const { upstream, delivery, told } = begin()
  upstream.exchanges[0]!.handler.onError(failure('connect'))
  upstream.exchanges[1]!.handler.onError(failure('connect'))
  t.equal(delivery.sent, 1)
  upstream.exchanges[2]!.handler.onError(failure('connect'))
  t.equal(told.at(-1), 'undelivered: reset')
  t.equal(upstream.exchanges.length, 3)
  t.equal(delivery.mayHaveRun, false)
  t.end()
})

t.test('a token that expired meanwhile is awaited anew', async (t) => {
  const { upstream, promises, tokens } = begin()
  tokens.held = undefined
  upstream.exchanges[0]!.handler.onError(failure('refused'))
  t.equal(upstream.exchanges.length, 1)
  await promises[0]!.keep(SECOND)
  t.same(upstream.exchanges[1]!.request.headers, ['authorization', 'Bearer second'])
})

// The body

/** Lets the events of a stream come. */
const turn = (): Promise<void> => new Promise(setImmediate)

t.test('a streamed body is asked for once, and sent anew from its beginning', async (t) => {
  const { told, upstream, stream } = begin({ contentLength: 40 * KIB })
  t.same(told, ['attempt', 'body wanted'])
  t.equal(upstream.exchanges[0]!.request.body, undefined, 'it follows the head')
  stream.push(Buffer.alloc(20 * KIB))
  await turn()
  t.same(upstream.exchanges[0]!.calls, [`write ${20 * KIB}`])
  upstream.exchanges[0]!.handler.onError(failure('refused'))
  stream.push(Buffer.alloc(20 * KIB))
  stream.push(null)
  await turn()
  t.same(upstream.exchanges[0]!.calls, [`write ${20 * KIB}`], 'no more of it goes there')
  t.same(upstream.exchanges[1]!.calls, [`write ${20 * KIB}`, `write ${20 * KIB}`, 'end'])
  t.same(told, ['attempt', 'body wanted', 'replayed refused', 'attempt'])
})

t.test('a body over the limit is not sent again, whether all of it came or not', async (t) => {
  const { told, upstream, stream } = begin({ contentLength: 40 * KIB, limit: 20 * KIB })
  stream.push(Buffer.alloc(20 * KIB + 1))
  await turn()
  upstream.exchanges[0]!.handler.onError(failure('refused'))
  t.equal(told.at(-1), 'undelivered: reset')
  t.equal(upstream.exchanges.length, 1)
})

// A 401

t.test('a 401 is kept back, and the request sent with the other token', async (t) => {
  const { told, upstream, promises, delivery } = refuse('who?')
  const [first] = upstream.exchanges
  t.same(told, [])
  t.same(first!.calls, ['pause'])
  await promises[0]!.keep(SECOND)
  t.same(first!.calls, ['pause', 'cancel'])
  t.same(told, ['replayed unauthorized', 'attempt'])
  first!.handler.onError(failure())
  const [, second] = upstream.exchanges
  t.same(second!.request.headers, ['authorization', 'Bearer second'])
  second!.handler.onHeaders(200, [])
  second!.handler.onData(Buffer.from('fine'))
  second!.handler.onEnd([])
  t.same(told.slice(2), ['response 200', 'content fine', 'complete'])
  t.equal(delivery.sent, 2)
})

t.test('a second 401 passes', async (t) => {
  const { told, upstream, promises } = refuse()
  await promises[0]!.keep(SECOND)
  upstream.exchanges[1]!.handler.onHeaders(401, [])
  t.same(told.slice(2), ['refused second', 'response 401'])
  t.equal(upstream.exchanges.length, 2)
})

t.test('without another token a 401 passes, as it came', async (t) => {
  const whole = refuse('who?')
  whole.upstream.exchanges[0]!.handler.onEnd(['x-sum', '1'])
  t.same(whole.told, [])
  await whole.promises[0]!.keep(undefined)
  t.same(whole.told, ['response 401', 'content who?', 'complete x-sum 1'])

  const empty = refuse()
  empty.upstream.exchanges[0]!.handler.onEnd([])
  await empty.promises[0]!.keep(undefined)
  t.same(empty.told, ['response 401', 'complete'])

  const truncated = refuse('who')
  truncated.upstream.exchanges[0]!.handler.onError(failure('goaway'))
  t.same(truncated.told, [])
  await truncated.promises[0]!.keep(undefined)
  t.same(truncated.told, ['response 401', 'content who', 'undelivered: reset'])
  t.equal(truncated.upstream.exchanges.length, 1)

  const slow = refuse('wh')
  await slow.promises[0]!.keep(undefined)
  const { calls, handler } = slow.upstream.exchanges[0]!
  t.same(calls, ['pause', 'resume'])
  handler.onData(Buffer.from('o?'))
  handler.onEnd([])
  t.same(slow.told, ['response 401', 'content wh', 'content o?', 'complete'])
})

t.test('a client that takes no more of a 401 is not given more', async (t) => {
  const { upstream, promises, wants, delivery } = refuse('wh')
  const [exchange] = upstream.exchanges
  wants.more = false
  await promises[0]!.keep(undefined)
  t.same(exchange!.calls, ['pause'])
  delivery.resume()
  t.same(exchange!.calls, ['pause', 'resume'])
})

t.test('given up while a 401 is kept back, it sends and tells nothing', async (t) => {
  for (const token of [SECOND, undefined]) {
    const { told, upstream, promises, delivery } = refuse('who?')
    delivery.giveUp()
    t.same(upstream.exchanges[0]!.calls, ['pause', 'cancel'])
    await promises[0]!.keep(token)
    t.same(told, [])
    t.equal(upstream.exchanges.length, 1)
  }
})

t.test('given up within a 401 that passes, it tells nothing more', async (t) => {
  for (const end of ['whole', 'truncated', 'open']) {
    const { told, upstream, promises, wants } = refuse('who?')
    const [exchange] = upstream.exchanges
    if (end === 'whole') exchange!.handler.onEnd([])
    if (end === 'truncated') exchange!.handler.onError(failure())
    wants.any = false
    await promises[0]!.keep(undefined)
    t.same(told, ['response 401', 'content who?'], end)
    t.equal(exchange!.calls.includes('resume'), false, end)
  }
})

t.test('a 401 to a body that has not ended passes, and its token is renewed', (t) => {
  const { told, upstream } = begin({ contentLength: 40 * KIB })
  upstream.exchanges[0]!.handler.onHeaders(401, [])
  t.same(told, ['attempt', 'body wanted', 'refused first', 'response 401'])
  t.end()
})

// Backpressure

t.test('a client that takes no more stops the upstream, until it does', (t: Test) => {
  const { upstream, delivery, wants } = begin()
  const [exchange] = upstream.exchanges
  delivery.resume()
  t.same(exchange!.calls, [], 'there is no response yet')
  exchange!.handler.onHeaders(200, [])
  exchange!.handler.onData(Buffer.from('a'))
  t.same(exchange!.calls, [])
  wants.more = false
  exchange!.handler.onData(Buffer.from('b'))
  t.same(exchange!.calls, ['pause'])
  delivery.resume()
  t.same(exchange!.calls, ['pause', 'resume'])
  exchange!.handler.onEnd([])
  delivery.resume()
  t.same(exchange!.calls, ['pause', 'resume'])
  t.end()
})
