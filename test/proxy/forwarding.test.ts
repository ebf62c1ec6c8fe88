/** Requests of a real client to a real server of Node's; what the upstream says is the test's. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { AllowedHosts } from '../../src/access/allowed-hosts.js'
import type { Caller } from '../../src/access/users/callers.js'
import { beginTurn, conversationOf } from '../../src/proxy/conversation.js'
import { EndOfTurn } from '../../src/proxy/end-of-turn.js'
import { Forwarding } from '../../src/proxy/forwarding.js'
import type { ForwardingContext } from '../../src/proxy/forwarding-context.js'
import type { Inspector } from '../../src/proxy/inspector.js'
import { MemoryReturn } from '../../src/proxy/memory-return.js'
import { type Outcome, Traffic } from '../../src/proxy/traffic.js'
import { Token } from '../../src/token/token.js'
import { UpstreamError } from '../../src/upstream/exchange.js'
import { get, post } from '../corpus/vector.js'
import { openClient, type RawClient } from '../integration/raw-client.js'
import { ScriptedUpstream } from './scripted-upstream.js'

const KIB = 1024
const IDLE_MS = 1_000_000
const RESPONSE_MS = 3_000_000
const LONG_MS = 1_000_000_000
const length = (bytes: number): string[] => ['content-length', `${bytes}`]

interface Begun {
  readonly client: RawClient
  readonly forwardings: Forwarding[]
  readonly upstream: ScriptedUpstream
  readonly traffic: Traffic
  readonly outcomes: Outcome[]
  /** What else was told of the requests. */
  readonly told: string[]
}

interface Options extends Partial<ForwardingContext> {
  /** Default: there is one. */
  hasToken?: boolean
  /** That begin at once. Default: 1. */
  requests?: number
  /** Nobody looks at dates, or at whole requests. */
  isUnwatched?: boolean
  /** Whose program the client is. */
  caller?: Caller
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

/** Lets turns of the event loop pass, in which what should not happen could. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate)
}

/** Sends bytes; the requests in them are forwarded. */
async function begin(t: Test, bytes = get('/a'), options: Options = {}): Promise<Begun> {
  const { hasToken = true, requests = 1, isUnwatched = false, caller, ...more } = options
  const outcomes: Outcome[] = []
  const told: string[] = []
  const observer = {
    onOutcome: (outcome: Outcome) => void outcomes.push(outcome),
    onReplay: () => undefined,
  }
  // Time passes as the tests say.
  const traffic = new Traffic([observer], LONG_MS)
  const upstream = new ScriptedUpstream()
  const inspector: Inspector = {
    begin: () => undefined,
    end: (request, { status }) => void told.push(`inspected ${request.url ?? ''} ${status}`),
  }
  const clockSkew: ForwardingContext['clockSkew'] = {
    look: (headers) => void told.push(`looked at ${headers.join(' ')}`),
  }
  const context: ForwardingContext = {
    ...{ traffic, upstream, upstreamOrigin: 'https://api.example', endOfTurn: new EndOfTurn() },
    memoryReturn: new MemoryReturn(() => undefined),
    tokens: {
      current: () => (hasToken ? new Token('a-token', 0, Infinity) : undefined),
      next: () => Promise.reject(new Error('no token')),
      refused: () => Promise.resolve(undefined),
      retryInMs: 1_500,
    },
    ...(!isUnwatched && { inspector, clockSkew }),
    ...{ hosts: new AllowedHosts([]), requiredHeader: undefined },
    ...{ tokenHeader: 'authorization', createRequestId: () => 'an-id' },
    ...{ idleTimeoutMs: IDLE_MS, responseTimeoutMs: RESPONSE_MS },
    ...{ maxInFlight: 9, replayLimitBytes: 64 * KIB },
    ...more,
  }
  const forwardings: Forwarding[] = []
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const conversation = conversationOf(request.socket)
    conversation.caller = caller
    beginTurn(conversation, request, response, undefined)
    const forwarding = new Forwarding(context, request, response, request.url ?? '', undefined)
    forwardings.push(forwarding)
    forwarding.begin()
  }
  const server = createServer(onRequest).on('checkContinue', onRequest)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const client = openClient((server.address() as AddressInfo).port)
  t.teardown(() => client.socket.destroy())
  client.send(bytes)
  await until(() => forwardings.length === requests)
  return { client, forwardings, upstream, traffic, outcomes, told }
}

/** The detail of a problem document. */
const detailIn = (body: string | undefined): string =>
  (JSON.parse(body ?? '') as { detail: string }).detail

t.test('a request is forwarded as it came, and its outcome is told once', async (t) => {
  const startedAtMs = Date.now()
  const startedMs = performance.now()
  const { client, upstream, outcomes, traffic, told, forwardings } = await begin(
    t,
    get('/a?b', 'X-A: 1'),
  )
  t.equal(traffic.inFlight, 1)
  const [{ request, handler, calls }] = upstream.exchanges as [ScriptedUpstream['exchanges'][0]]
  t.match(request, { method: 'GET', path: '/a?b', body: null })
  t.match(request.headers.join(' '), /x-a 1.*x-request-id an-id/)
  t.match(request.headers.join(' '), /authorization Bearer a-token/)
  handler.onHeaders(201, ['x-b', '2', ...length(2)])
  handler.onData(Buffer.from('ok'))
  t.same(calls, [], 'nothing stops the upstream')
  handler.onEnd([])
  t.match(await client.answers(1), [{ status: 201, body: 'ok', headers: { 'x-b': '2' } }])
  await until(() => outcomes.length > 0)
  forwardings[0]!.leave()
  const { startedAtMs: at, durationMs, ...outcome } = outcomes[0]!
  t.same(outcome, {
    ...{ requestId: 'an-id', method: 'GET', path: '/a', status: 201, source: 'upstream' },
    ...{ code: undefined, reason: undefined, bytesUp: 0, bytesDown: 2, sent: 1, user: undefined },
  })
  t.ok(at >= startedAtMs && at <= Date.now())
  t.ok(durationMs > 0 && durationMs <= performance.now() - startedMs)
  t.same(told, ['looked at x-b 2 content-length 2', 'inspected /a?b 201'])
  t.equal(outcomes.length, 1)
  t.equal(traffic.inFlight, 0)
  t.same(calls, [], 'what is whole is not cancelled')
})

t.test('where nobody looks at requests it is forwarded all the same', async (t) => {
  const { client, upstream, told, outcomes } = await begin(t, get('/a'), { isUnwatched: true })
  upstream.exchanges[0]!.handler.onHeaders(204, [])
  upstream.exchanges[0]!.handler.onEnd([])
  t.match(await client.answers(1), [{ status: 204 }])
  await until(() => outcomes.length > 0)
  t.same(told, [])
})

t.test('whose program asked is in the outcome', async (t) => {
  const { client, outcomes } = await begin(t, get('/1'), {
    caller: { isAllowed: true, user: 'me' },
  })
  client.socket.destroy()
  await until(() => outcomes.length > 0)
  t.match(outcomes, [{ user: 'me' }])
})

t.test('a small body goes up whole, once it is there, and is asked for', async (t) => {
  const fields = ['Expect: 100-continue', 'Content-Length: 4']
  const { client, upstream, outcomes } = await begin(t, post(fields, ''))
  await until(() => client.received !== '')
  t.equal(client.received, 'HTTP/1.1 100 Continue\r\n\r\n')
  client.send('ab')
  await settle()
  t.equal(upstream.exchanges.length, 0)
  client.send('cd')
  await until(() => upstream.exchanges.length > 0)
  const { request, handler } = upstream.exchanges[0]!
  t.equal(request.body?.toString(), 'abcd')
  handler.onHeaders(204, [])
  handler.onEnd([])
  t.match(await client.answers(1), [{ status: 204 }])
  await until(() => outcomes.length > 0)
  t.match(outcomes, [{ bytesUp: 4, sent: 1 }])
})

t.test('a streamed body is asked for once it may be sent', async (t) => {
  const fields = ['Expect: 100-continue', 'Transfer-Encoding: chunked']
  const { client, upstream } = await begin(t, post(fields, ''))
  await until(() => client.received !== '')
  t.equal(client.received, 'HTTP/1.1 100 Continue\r\n\r\n')
  t.equal(upstream.exchanges[0]!.request.body, undefined)
  client.send('2\r\nab\r\n0\r\n\r\n')
  await until(() => upstream.exchanges[0]!.calls.length === 2)
  t.same(upstream.exchanges[0]!.calls, ['write 2', 'end'])
})

t.test('in flight are so many and no more; one too many is not sent', async (t) => {
  const { client, upstream, traffic, outcomes } = await begin(
    t,
    get('/1') + get('/2') + get('/3'),
    {
      ...{ maxInFlight: 2, requests: 3 },
    },
  )
  t.equal(traffic.inFlight, 3)
  for (const at of [0, 1]) {
    await until(() => upstream.exchanges.length === at + 1)
    upstream.exchanges[at]!.handler.onHeaders(204, [])
    upstream.exchanges[at]!.handler.onEnd([])
  }
  t.match(await client.answers(3), [
    { status: 204 },
    { status: 204 },
    { status: 503, code: 'OVERLOADED' },
  ])
  await until(() => outcomes.length === 3)
  t.equal(upstream.exchanges.length, 2)
  t.match(outcomes[2], { path: '/3', status: 503, source: 'proxy', code: 'OVERLOADED', sent: 0 })
})

t.test('told twice that it is its turn, a request is sent once', async (t) => {
  const { client, forwardings, upstream } = await begin(t, post(['Content-Length: 1'], 'b'))
  await until(() => upstream.exchanges.length === 1)
  forwardings[0]!.proceed()
  upstream.exchanges[0]!.handler.onHeaders(200, [])
  forwardings[0]!.proceed()
  upstream.exchanges[0]!.handler.onEnd([])
  forwardings[0]!.proceed()
  await client.answers(1)
  forwardings[0]!.proceed()
  await settle()
  t.equal(upstream.exchanges.length, 1)
})

t.test('what was given up before its turn, or while its body came, is never sent', async (t) => {
  const { client, forwardings, upstream } = await begin(t, get('/1') + get('/2'), { requests: 2 })
  forwardings[1]!.shutDown()
  upstream.exchanges[0]!.handler.onHeaders(204, [])
  upstream.exchanges[0]!.handler.onEnd([])
  t.match(await client.answers(2), [{ status: 204 }, { code: 'SHUTTING_DOWN' }])
  t.equal(upstream.exchanges.length, 1)

  const half = await begin(t, post(['Content-Length: 4'], 'ab'))
  half.forwardings[0]!.abort({ code: 'REQUEST_TIMEOUT', detail: 'why' })
  half.client.send('cd')
  t.match(await half.client.closed(), [{ code: 'REQUEST_TIMEOUT' }])
  t.equal(half.upstream.exchanges.length, 0)
})

t.test('without a token it is told when to try again, and nothing is sent', async (t) => {
  const { client, upstream, outcomes } = await begin(t, get('/a'), { hasToken: false })
  t.match(await client.answers(1), [
    { status: 503, code: 'TOKEN_UNAVAILABLE', headers: { 'retry-after': '2' } },
  ])
  await until(() => outcomes.length > 0)
  t.equal(upstream.exchanges.length, 0)
  t.match(outcomes, [{ code: 'TOKEN_UNAVAILABLE', sent: 0, source: 'proxy' }])
})

t.test('a failure of the upstream is told to the client, and why to the log', async (t) => {
  const { client, upstream, outcomes, forwardings } = await begin(t)
  upstream.exchanges[0]!.handler.onError(new UpstreamError('UPSTREAM_RESET', 'reset'))
  forwardings[0]!.shutDown()
  const [answer] = await client.answers(1)
  t.match(answer, { status: 502, code: 'UPSTREAM_RESET' })
  t.match(JSON.parse(answer!.body), { requestId: 'an-id', detail: /may have been processed/ })
  t.equal(answer!.headers['connection'], 'keep-alive')
  await until(() => outcomes.length > 0)
  t.match(outcomes, [
    { code: 'UPSTREAM_RESET', reason: 'reset', status: 502, bytesDown: answer!.body.length },
  ])
})

t.test('content that is not as long as announced never looks whole', async (t) => {
  for (const [parts, reason] of [
    [['abcde'], 'more than content-length'],
    [['ab', 'cde'], 'more than content-length'],
    [[], 'less than content-length'],
    [['abc'], 'less than content-length'],
  ] as const) {
    for (const isBegun of [false, true]) {
      const what = `${parts.join(' ')}, ${isBegun ? 'begun' : 'not begun'}`
      const { client, upstream, outcomes } = await begin(t)
      const { handler, calls } = upstream.exchanges[0]!
      handler.onHeaders(200, length(4))
      if (isBegun) await until(() => client.received !== '')
      for (const part of parts) handler.onData(Buffer.from(part))
      if (reason.startsWith('less')) handler.onEnd([])
      else t.equal(calls[0], 'cancel', what)
      const [answer] = isBegun ? await client.closed() : await client.answers(1)
      if (isBegun) t.equal(answer, undefined, what)
      else t.match(answer, { status: 502, code: 'UPSTREAM_PROTOCOL' }, what)
      await until(() => outcomes.length > 0)
      t.match(outcomes, [{ code: 'UPSTREAM_PROTOCOL', reason, status: isBegun ? 200 : 502 }], what)
    }
  }
})

t.test('a field that HTTP/1 cannot carry is a failure of the upstream', async (t) => {
  const { client, upstream, outcomes } = await begin(t)
  const { handler } = upstream.exchanges[0]!
  handler.onHeaders(200, ['x-bad', 'a\x01b', ...length(0)])
  handler.onEnd([])
  t.match(await client.answers(1), [{ status: 502, code: 'UPSTREAM_PROTOCOL' }])
  await until(() => outcomes.length > 0)
  t.match(outcomes, [{ reason: 'a field that HTTP/1 cannot carry' }])
})

t.test('a client that takes no more stops the upstream, until it does', async (t) => {
  const { client, upstream, forwardings, traffic } = await begin(t)
  const { handler, calls } = upstream.exchanges[0]!
  client.socket.pause()
  handler.onHeaders(200, [])
  while (calls.at(-1) !== 'pause') {
    handler.onData(Buffer.alloc(64 * KIB))
    await settle()
  }
  calls.length = 0
  // As if it had been quiet for as long as it may.
  traffic.nowMs = performance.now() + IDLE_MS
  client.socket.resume()
  await until(() => calls.includes('resume'))
  forwardings[0]!.checkTimeouts(performance.now() + IDLE_MS + 1)
  t.equal(calls.includes('cancel'), false, 'that it read was progress')
})

t.test('a response before the end of a body is passed on, and the rest is let run', async (t) => {
  const bytes = 4 * 1024 * KIB
  for (const fails of [false, true]) {
    const { client, upstream } = await begin(t, post([`Content-Length: ${bytes}`], ''))
    const { handler } = upstream.exchanges[0]!
    upstream.exchanges[0]!.takesMore = false
    client.send('a'.repeat(bytes / 2))
    await until(() => upstream.exchanges[0]!.calls.length > 0)
    if (fails) handler.onError(new UpstreamError('UPSTREAM_RESET', 'reset'))
    else {
      handler.onHeaders(413, length(0))
      handler.onEnd([])
    }
    t.match(await client.answers(1), [{ status: fails ? 502 : 413 }])
    const written = new Promise<void>((resolve) => {
      client.socket.write('a'.repeat(bytes / 2), () => {
        resolve()
      })
    })
    await written
    const { calls } = upstream.exchanges[0]!
    t.same(
      calls.filter((call) => call === 'end'),
      [],
      'it does not look whole',
    )
  }
})

t.test('who leaves cancels what it asked for: 499, told once', async (t) => {
  const { client, upstream, outcomes, traffic, forwardings, told } = await begin(t)
  const { calls, handler } = upstream.exchanges[0]!
  client.socket.destroy()
  await until(() => outcomes.length > 0)
  t.same(calls, ['cancel'])
  t.match(outcomes, [{ status: 499, code: 'CLIENT_CLOSED', source: 'proxy', sent: 1 }])
  t.equal(traffic.inFlight, 0)
  handler.onHeaders(200, [])
  forwardings[0]!.shutDown()
  forwardings[0]!.leave()
  t.same(told, ['inspected /a 499'])
  t.equal(outcomes.length, 1)
})

t.test('who leaves takes those that wait for their turn along', async (t) => {
  for (const how of ['closes', 'resets']) {
    const { client, upstream, outcomes, traffic, forwardings } = await begin(
      t,
      get('/1') + get('/2'),
      { requests: 2 },
    )
    if (how === 'closes') client.socket.destroy()
    else client.socket.resetAndDestroy()
    await until(() => outcomes.length === 2)
    for (const forwarding of forwardings) {
      forwarding.shutDown()
      forwarding.leave()
    }
    t.equal(outcomes.length, 2)
    t.equal(upstream.exchanges.length, 1, how)
    t.equal(traffic.inFlight, 0)
    t.match(outcomes, [{ status: 499 }, { status: 499 }])
  }
})

t.test('a body that cannot be read is told, and so is whether it may have run', async (t) => {
  const small = await begin(t, post(['Content-Length: 4'], 'ab'))
  small.forwardings[0]!.abort({ code: 'BAD_REQUEST', detail: 'why' })
  const [answer] = await small.client.closed()
  t.match(answer, { status: 400, code: 'BAD_REQUEST' })
  t.equal(detailIn(answer?.body), 'why')
  await until(() => small.outcomes.length > 0)
  t.match(small.outcomes, [{ status: 400, code: 'BAD_REQUEST', bytesUp: 2, sent: 0 }])

  const large = await begin(t, post(['Content-Length: 40000'], 'ab'))
  large.forwardings[0]!.abort({ code: 'BAD_REQUEST', detail: 'why.', isGone: true })
  const [told] = await large.client.closed()
  t.match(told, { status: 400, code: 'BAD_REQUEST' }, 'should the client still read')
  t.match(detailIn(told?.body), /^why\. .*may have been processed/)
  await until(() => large.outcomes.length > 0)
  t.match(large.outcomes, [{ status: 499, code: 'CLIENT_CLOSED', sent: 1 }])
  t.ok(large.upstream.exchanges[0]!.calls.includes('cancel'))
})

t.test(
  'who leaves before the upstream took a request is not told that it may have run',
  async (t) => {
    const { client, upstream, outcomes } = await begin(t, post(['Content-Length: 1'], ''))
    upstream.hasRoom = false
    client.send('b')
    await until(() => upstream.exchanges.length === 1)
    client.socket.end()
    const [answer] = await client.closed()
    t.match(answer, { status: 400, code: 'BAD_REQUEST' }, 'should it still read')
    t.match(detailIn(answer?.body), /^The client closed .* cancelled the request\.$/)
    await until(() => outcomes.length > 0)
    t.match(outcomes, [{ status: 499, code: 'CLIENT_CLOSED', sent: 0 }])
  },
)

t.test('a shutdown tells only what was not processed to try again', async (t) => {
  const sent = await begin(t)
  sent.forwardings[0]!.shutDown()
  const [overrun] = await sent.client.answers(1)
  t.match(overrun, { status: 504, code: 'UPSTREAM_TIMEOUT' })
  t.match(detailIn(overrun?.body), /shut down.*may have been processed/)
  t.equal(overrun?.headers['retry-after'], undefined)
  t.same(sent.upstream.exchanges[0]!.calls, ['cancel'])

  const kept = await begin(t, post(['Content-Length: 4'], 'ab'))
  kept.forwardings[0]!.shutDown()
  t.match(await kept.client.closed(), [{ status: 503, code: 'SHUTTING_DOWN' }])
  t.equal(kept.upstream.exchanges.length, 0)
})

t.test('after a response is over, no failure changes it', async (t) => {
  const { client, upstream, forwardings, outcomes } = await begin(t)
  const { handler } = upstream.exchanges[0]!
  handler.onHeaders(200, length(2))
  handler.onData(Buffer.from('ok'))
  handler.onEnd([])
  forwardings[0]!.shutDown()
  forwardings[0]!.checkTimeouts(Infinity)
  t.match(await client.answers(1), [{ status: 200, body: 'ok' }])
  await until(() => outcomes.length > 0)
  t.match(outcomes, [{ status: 200, code: undefined }])
})

t.test('in a drain a response ends its connection, unless another is awaited on it', async (t) => {
  for (const isFailed of [false, true]) {
    const { client, upstream, traffic, outcomes } = await begin(t, get('/1') + get('/2'), {
      requests: 2,
    })
    traffic.draining = true
    for (const at of [0, 1]) {
      await until(() => upstream.exchanges.length === at + 1)
      const { handler } = upstream.exchanges[at]!
      if (isFailed) handler.onError(new UpstreamError('UPSTREAM_RESET', 'reset'))
      else {
        handler.onHeaders(204, [])
        handler.onEnd([])
      }
    }
    const answers = await client.closed()
    t.same(
      answers.map(({ headers }) => headers['connection']),
      ['keep-alive', 'close'],
    )
    await until(() => outcomes.length === 2)
  }
})

// Time, by the traffic's clock

/** Whether a forwarding is given up that has been quiet for so long, from now on. */
function isGivenUpAfter({ forwardings, traffic, upstream }: Begun, quietMs: number): boolean {
  forwardings[0]!.checkTimeouts(traffic.nowMs + quietMs)
  return upstream.exchanges[0]!.calls.includes('cancel')
}

t.test('whatever comes of a response is progress', async (t) => {
  const begun = await begin(t)
  const { upstream, traffic, client, outcomes } = begun
  const { handler } = upstream.exchanges[0]!
  for (const tell of [
    () => {
      handler.onHeaders(200, [])
    },
    () => {
      handler.onData(Buffer.from('a'))
    },
  ]) {
    // Later than any that ticks by itself.
    traffic.nowMs = performance.now() + 2 * IDLE_MS
    tell()
    t.equal(isGivenUpAfter(begun, IDLE_MS - 1), false)
    traffic.nowMs = performance.now()
    await until(() => client.received !== '')
  }
  handler.onData(Buffer.from('b'))
  t.equal(isGivenUpAfter(begun, IDLE_MS + 1), true)
  t.same(await client.closed(), [], 'it is truncated')
  await until(() => outcomes.length > 0)
  t.match(outcomes, [{ code: 'UPSTREAM_TIMEOUT', reason: 'idle', status: 200 }])
})

t.test('the upstream’s time runs from the attempt', async (t) => {
  const beforeMs = performance.now()
  const begun = await begin(t)
  begun.traffic.nowMs = beforeMs
  t.equal(isGivenUpAfter(begun, RESPONSE_MS - 1), false)
  t.equal(isGivenUpAfter(begun, 2 * RESPONSE_MS), true)
  t.match(await begun.client.answers(1), [{ status: 504, code: 'UPSTREAM_TIMEOUT' }])

  const { upstream, forwardings, traffic } = await begin(t, get('/1') + get('/2'), { requests: 2 })
  upstream.exchanges[0]!.handler.onHeaders(204, [])
  // The traffic's clock ticks now and then; an attempt's time is measured.
  traffic.nowMs = -2 * RESPONSE_MS
  upstream.exchanges[0]!.handler.onEnd([])
  await until(() => upstream.exchanges.length === 2)
  forwardings[1]!.checkTimeouts(performance.now())
  t.same(upstream.exchanges[1]!.calls, [])
})

t.test('one that waits for its turn is not given up, and its time runs from then on', async (t) => {
  const body = ['Content-Length: 4']
  const { forwardings, upstream, traffic, client } = await begin(t, get('/1') + post(body, 'ab'), {
    requests: 2,
  })
  forwardings[1]!.checkTimeouts(Infinity)
  const nowMs = performance.now() + 5 * IDLE_MS
  traffic.nowMs = nowMs
  forwardings[1]!.proceed()
  forwardings[1]!.checkTimeouts(nowMs + IDLE_MS - 1)
  client.send('c')
  upstream.exchanges[0]!.handler.onHeaders(204, [])
  upstream.exchanges[0]!.handler.onEnd([])
  await client.answers(1)
  t.notMatch(client.received, /REQUEST_TIMEOUT/)
  forwardings[1]!.checkTimeouts(Infinity)
  t.match((await client.closed())[1], { status: 408, code: 'REQUEST_TIMEOUT' })
  t.equal(upstream.exchanges.length, 1)
})

t.test('who does not take all of a whole response has left, in time or by itself', async (t) => {
  const bytes = 16 * 1024 * KIB
  for (const how of ['is given up', 'closes', 'resets']) {
    const { client, upstream, forwardings, outcomes } = await begin(t, get('/a'), {
      idleTimeoutMs: 1,
    })
    const { handler } = upstream.exchanges[0]!
    client.socket.pause()
    handler.onHeaders(200, length(bytes))
    handler.onData(Buffer.alloc(bytes))
    handler.onEnd([])
    if (how === 'is given up') forwardings[0]!.checkTimeouts(performance.now())
    else await settle()
    if (how === 'closes') client.socket.destroy()
    if (how === 'resets') client.socket.resetAndDestroy()
    await until(() => outcomes.length > 0)
    t.match(outcomes, [{ status: 499, code: 'CLIENT_CLOSED', source: 'proxy' }], how)
  }
})

t.test('who does not read what is before a response is told in its place, later', async (t) => {
  const { client, upstream, forwardings, outcomes } = await begin(t, get('/1') + get('/2'), {
    requests: 2,
  })
  // Before it may be those that are not forwarded, which have no turns.
  forwardings[1]!.proceed()
  const [first, second] = upstream.exchanges
  second!.handler.onHeaders(200, [])
  await settle()
  forwardings[1]!.checkTimeouts(Infinity)
  first!.handler.onHeaders(204, [])
  first!.handler.onEnd([])
  t.match(await client.answers(2), [{ status: 204 }, { status: 504, code: 'UPSTREAM_TIMEOUT' }])
  await until(() => outcomes.length === 2)
  t.match(outcomes[1], { status: 499, code: 'CLIENT_CLOSED', reason: 'does not read' })
})
