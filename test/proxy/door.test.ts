/** The door with what stands in front of it, by raw clients; the upstream says what the test wants. */
import { METHODS } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { AllowedHosts } from '../../src/access/allowed-hosts.js'
import { createGuard } from '../../src/access/guard.js'
import { createDoor } from '../../src/proxy/door.js'
import { type Outcome, Traffic } from '../../src/proxy/traffic.js'
import { Token } from '../../src/token/token.js'
import { get, head } from '../corpus/vector.js'
import { openClient, type RawClient } from '../integration/raw-client.js'
import { ScriptedUpstream } from './scripted-upstream.js'

/** Methods that are not forwarded; the last is another protocol's, which Node's parser takes too. */
const REFUSED = new Set(['CONNECT', 'TRACE', 'SOURCE'])

interface Opened {
  readonly client: RawClient
  readonly upstream: ScriptedUpstream
  readonly traffic: Traffic
  readonly outcomes: Outcome[]
  /** What whoever looks at whole requests is told. */
  readonly inspected: string[]
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

async function open(t: Test, methods: readonly string[] = []): Promise<Opened> {
  const outcomes: Outcome[] = []
  const inspected: string[] = []
  const upstream = new ScriptedUpstream()
  const traffic = new Traffic([
    { onOutcome: (outcome) => void outcomes.push(outcome), onReplay: () => undefined },
  ])
  const hosts = new AllowedHosts([])
  const door = createDoor({
    guard: createGuard({ hosts, origins: [], rules: undefined, requiredHeader: undefined }),
    callers: undefined,
    clientHeaderTimeoutMs: 60_000,
    context: {
      ...{ traffic, upstream, upstreamOrigin: 'https://api.example' },
      tokens: {
        current: () => new Token('a-token', 0, Infinity),
        next: () => Promise.reject(new Error('there is one')),
        refused: () => Promise.resolve(undefined),
        retryInMs: 0,
      },
      inspector: {
        begin: ({ url = '' }) => void inspected.push(`begin ${url}`),
        end: ({ url = '' }, { status }) => void inspected.push(`end ${url} ${status}`),
      },
      ...{ hosts, requiredHeader: undefined, tokenHeader: 'authorization' },
      ...{ idleTimeoutMs: 60_000, responseTimeoutMs: 60_000 },
      ...{ maxInFlight: 9, replayLimitBytes: 1_024 },
    },
  })
  await door.listen({ host: '127.0.0.1', port: 0 })
  const client = openClient((door.server.address() as AddressInfo).port, methods)
  t.teardown(async () => {
    client.socket.destroy()
    await door.close()
  })
  return { client, upstream, traffic, outcomes, inspected }
}

t.test('every method is forwarded, with its target as it came, and no warning', async (t) => {
  const warnings: string[] = []
  const onWarning = ({ message }: Error): void => void warnings.push(message)
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  const methods = METHODS.filter((method) => !REFUSED.has(method))
  const { client, upstream } = await open(t, methods)
  for (const [i, method] of methods.entries()) {
    client.send(head(`${method} /%7e/{a}?${method} HTTP/1.1`, 'Host: localhost'))
    await until(() => upstream.exchanges.length > i)
    const { request, handler } = upstream.exchanges[i]!
    t.match(request, { method, path: `/%7e/{a}?${method}` })
    handler.onHeaders(204, [])
    handler.onEnd([])
    t.match((await client.answers(i + 1))[i], { status: 204 }, method)
  }
  t.same(warnings, [])
})

t.test('whoever looks at whole requests is told how those end that are refused', async (t) => {
  const { client, outcomes, inspected } = await open(t)
  client.send(head('GET /a HTTP/1.1', 'Host: evil') + 'no request\r\n\r\n')
  t.match(await client.closed(), [{ status: 403 }, { status: 400 }])
  t.same(inspected, ['begin /a', 'end /a 403'], 'and of what was no request, nothing')
  t.match(outcomes, [{ status: 403 }, { status: 400 }])
})

t.test('in a drain, a request on an open connection is refused', async (t) => {
  const { client, upstream, traffic, inspected } = await open(t)
  client.send(get('/a'))
  await until(() => upstream.exchanges.length === 1)
  const drained = traffic.drain(60_000)
  client.send(get('/b'))
  await until(() => inspected.length === 2 || upstream.exchanges.length === 2)
  const { handler } = upstream.exchanges[0]!
  handler.onHeaders(200, ['content-length', '0'])
  handler.onEnd([])
  t.match(await client.closed(), [
    { status: 200 },
    { status: 503, code: 'SHUTTING_DOWN', headers: { connection: 'close' } },
  ])
  t.equal(upstream.exchanges.length, 1)
  t.equal(await drained, 0)
})
