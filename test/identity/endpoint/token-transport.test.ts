import { createServer, type RequestListener } from 'node:http'
import { getEventListeners, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { TokenTransport } from '../../../src/identity/endpoint/token-transport.js'
import { MintError } from '../../../src/token/token-source.js'
import { serve } from '../../fakes/serve.js'
import { collectGarbage } from '../../memory-in-use.js'
import { load } from '../../settings/load.js'
import { createConnectProxy } from '../../upstream/connect-proxy.js'

/** An endpoint that does as it likes, and what a call to it fails with. */
async function failureAt(
  t: Test,
  listener: RequestListener,
  { timeoutMs = 10_000, signal = new AbortController().signal } = {},
): Promise<MintError> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const transport = new TokenTransport(load(), signal, timeoutMs)
  const url = `http://127.0.0.1:${port}/?key=CANARY`
  try {
    await transport.call({ url, form: { assertion: 'CANARY' } })
  } catch (error) {
    t.ok(error instanceof MintError)
    const { message, hint = '' } = error as MintError
    t.notMatch(message + hint, /CANARY/)
    return error as MintError
  }
  throw new Error('the call got a response')
}

const JSON_HEAD = { 'content-type': 'application/json' }

t.test('a call ends in time, wherever the endpoint hangs', async (t) => {
  const hanging: Record<string, RequestListener> = {
    'before it responds': () => undefined,
    'after the head': (_request, response) => {
      response.writeHead(200, JSON_HEAD).flushHeaders()
    },
    'in the body, which goes on for ever': (_request, response) => {
      response.writeHead(200, JSON_HEAD).write('{')
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => {
        clearInterval(drip)
      })
    },
  }
  for (const [where, listener] of Object.entries(hanging)) {
    // A deadline that nothing holds on to is lost with the garbage.
    const gc = setInterval(collectGarbage, 30)
    const failure = await failureAt(t, listener, { timeoutMs: 150 })
    clearInterval(gc)
    t.match(failure, { message: /did not respond within 10 s$/, permanent: false }, where)
  }
})

t.test('a mint that is given up ends its call', async (t) => {
  const giveUp = new AbortController()
  const { signal } = giveUp
  const listener: RequestListener = () => {
    giveUp.abort()
  }
  t.equal((await failureAt(t, listener, { signal })).message, 'minting was given up')
  t.ok(await failureAt(t, listener, { signal }), 'and nothing begins after it')
})

t.test('a response is of bounded size', async (t) => {
  const spaces = ' '.repeat(1024 * 1024)
  for (const [body, headers] of [
    [spaces, {}],
    [spaces, { 'content-length': spaces.length }],
  ] as const) {
    const failure = await failureAt(t, (_request, response) => {
      response.writeHead(200, { ...JSON_HEAD, ...headers }).end(body)
    })
    t.match(failure.message, /sent a response of more than 64KiB$/)
  }
})

t.test('a response that is truncated, empty, moved or no HTTP is none', async (t) => {
  const cases: [listener: RequestListener, what: RegExp][] = [
    [
      (_, response) => response.writeHead(200, { ...JSON_HEAD, 'content-length': 9 }).end('{}'),
      /./,
    ],
    [(_, response) => response.writeHead(204).end(), /that is not JSON$/],
    [(_, response) => response.writeHead(200, JSON_HEAD).end('["CANARY"]'), /that is not JSON$/],
    [(_, response) => response.writeHead(307, { location: '/?CANARY' }).end(), /answered 307$/],
    [({ socket }) => socket.end('CANARY\r\n\r\n'), /cannot be reached: HPE_/],
    [({ socket }) => socket.destroy(), /cannot be reached: connection reset \(ECONNRESET\)$/],
  ]
  for (const [listener, what] of cases) {
    t.match((await failureAt(t, listener)).message, what)
  }
})

t.test('retry-after is seconds, or a date by the clock of the endpoint', async (t) => {
  const date = (ms: number): string => new Date(ms).toUTCString()
  const now = Date.now()
  const cases: [headers: Record<string, string>, minMs: number, maxMs: number][] = [
    [{ 'retry-after': '7' }, 7_000, 7_000],
    [{ 'retry-after': '86400' }, 900_000, 900_000],
    [{ 'retry-after': date(now + 60_000) }, 57_000, 60_000],
    [{ 'retry-after': date(60_000), date: date(0) }, 60_000, 60_000],
    [{ 'retry-after': date(now - 60_000) }, 0, 0],
    [{ 'retry-after': 'soon' }, 0, 0],
    [{}, 0, 0],
  ]
  for (const [headers, minMs, maxMs] of cases) {
    const { retryAfterMs } = await failureAt(t, (_request, response) => {
      response.writeHead(429, headers).end()
    })
    t.ok(retryAfterMs >= minMs && retryAfterMs <= maxMs, JSON.stringify(headers))
  }
})

t.test('a refusal without a known code still says what to do', async (t) => {
  const hints: [status: number, hint: RegExp][] = [
    [400, /log in again/],
    [401, /log in again/],
    [403, /roles of the account/],
    [404, /--google-token-url/],
    [429, /retries by itself, later/],
    [500, /retries by itself/],
    [503, /retries by itself/],
  ]
  for (const [status, hint] of hints) {
    const failure = await failureAt(t, (_request, response) => {
      response.writeHead(status, JSON_HEAD).end('{"error":{"message":"CANARY"}}')
    })
    t.match(failure, { message: new RegExp(` answered ${status}$`), hint })
  }
})

t.test(
  'a form and JSON are posted as what they are, and the library’s calls as it says',
  async (t) => {
    const endpoint = await serve(t, ({ method }) => ({ body: { method } }))
    const transport = new TokenTransport(load(), new AbortController().signal)
    t.same(await transport.call({ url: endpoint.origin, form: { a: 'b c' } }), { method: 'POST' })
    t.same(await transport.call({ url: endpoint.origin, json: { a: 1 } }), { method: 'POST' })
    await transport.request({ url: endpoint.origin })
    const data = new URLSearchParams({ a: 'b' })
    const headers = { 'content-type': 'text/form' }
    await transport.request({ url: endpoint.origin, method: 'PUT', data, headers })
    t.match(
      endpoint.requests.map(({ method, body, headers }) => [method, body, headers['content-type']]),
      [
        ['POST', 'a=b+c', 'application/x-www-form-urlencoded;charset=UTF-8'],
        ['POST', '{"a":1}', 'application/json'],
        ['GET', '', undefined],
        ['PUT', 'a=b', 'text/form'],
      ],
    )
    t.equal(endpoint.requests[0]?.headers.accept, 'application/json')
  },
)

t.test('each status of success is one, and what is no JSON is given as it is', async (t) => {
  const endpoint = await serve(t, ({ url }) => ({
    ...{ status: Number(url.searchParams.get('status')), body: 'no JSON' },
  }))
  const { signal } = new AbortController()
  const transport = new TokenTransport(load(), signal)
  for (const status of [200, 201, 299]) {
    const { data } = await transport.request<unknown>({
      url: `${endpoint.origin}/?status=${status}`,
    })
    t.equal(data, 'no JSON')
  }
  await t.rejects(transport.request({ url: `${endpoint.origin}/?status=300` }))
  t.equal(getEventListeners(signal, 'abort').length, 0, 'no call is held by its mint')
})

t.test('HTTPS_PROXY is ours to use for https, and told by name where it refuses', async (t) => {
  const proxy = await createConnectProxy(t, { refuseWith: 407 })
  const HTTPS_PROXY = `http://user:CANARY@127.0.0.1:${proxy.port}`
  process.env['HTTPS_PROXY'] = HTTPS_PROXY
  t.teardown(() => Reflect.deleteProperty(process.env, 'HTTPS_PROXY'))
  const transport = new TokenTransport(load([], { HTTPS_PROXY }), new AbortController().signal)
  await t.rejects(transport.call({ url: 'https://host.test/', json: {} }), {
    message: 'host.test through HTTPS_PROXY cannot be reached: proxy returned 407',
  })
  t.match(proxy.asked, [{ authority: 'host.test:443' }])
  const endpoint = await serve(t, ({ url }) => ({ status: Number(url.search.slice(1)), body: {} }))
  const { host } = new URL(endpoint.origin)
  await t.rejects(transport.call({ url: `${endpoint.origin}/?503`, json: {} }), {
    message: `${host} answered 503`,
  })
  const { config } = await transport.request({ url: `${endpoint.origin}/?200` })
  t.equal(config.agent, undefined, 'none of the library, which tells DEBUG the password')
  t.equal(proxy.asked.length, 1, 'plain http goes straight')
})
