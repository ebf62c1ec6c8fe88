import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { ExchangeHandler, RequestHead } from '../../src/upstream/exchange.js'
import { ClientConnection } from '../../src/upstream/http2/client-connection.js'
import { memoryInUse } from '../memory-in-use.js'
import { settingsFrame } from '../upstream/frames.js'
import { answer } from '../upstream/http2/scripted-server.js'

const REQUESTS = 2_000_000
const AT_ONCE = 100
/** What the allocator may keep; a byte a request would be 2 MiB. */
const SLACK_MIB = 2

t.setTimeout(600_000)

t.test(`${REQUESTS} requests on one connection leave nothing behind`, async (t) => {
  const none = (): void => undefined
  const client = new ClientConnection({
    authority: 'api.test',
    events: {
      onOutput: none,
      onReady: none,
      onRoom: none,
      onDraining: none,
      onPong: none,
      onCalmWanted: none,
      onFinished: none,
    },
  })
  client.receive(settingsFrame({ maxConcurrentStreams: AT_ONCE }))
  const bytes = answer(1)
  const dataAt = bytes.lastIndexOf('fine') - 9
  const count = { whole: 0, failed: 0, cancelled: 0 }
  const handler: ExchangeHandler = {
    onOpen: none,
    onHeaders: none,
    onData: none,
    onEnd: () => count.whole++,
    onDrain: none,
    onError: () => count.failed++,
  }
  const leaving: ExchangeHandler = {
    ...handler,
    onOpen: (exchange) => {
      exchange.cancel()
      count.cancelled++
    },
  }
  const body = Buffer.from('{"action":"check_run_status"}')
  let before = 0
  for (let i = 0; i < REQUESTS; i++) {
    const id = 2 * i + 1
    const head: RequestHead = {
      method: 'POST',
      path: '/v1/dag/status',
      // Some fields repeat and some do not.
      headers: ['authorization', 'Bearer x', 'x-request-id', String(i), `x-${i % 1_000}`, 'v'],
      body,
    }
    client.start(head, i % 10 === 0 ? leaving : handler)
    bytes.writeUInt32BE(id, 5)
    bytes.writeUInt32BE(id, dataAt + 5)
    client.receive(bytes)
    if (i % AT_ONCE === 0) {
      client.takeOutput()
      client.onSent()
    }
    if (i % 10_000 === 0) await turn()
    if (i === REQUESTS / 10) before = memoryInUse()
  }
  await turn()
  const grown = memoryInUse() - before
  t.strictSame(count, { whole: REQUESTS * 0.9, failed: 0, cancelled: REQUESTS * 0.1 })
  t.equal(client.streams.size, 0)
  t.ok(client.hasRoom)
  t.comment(`memory grew by ${grown.toFixed(2)} MiB`)
  t.ok(grown < SLACK_MIB, `${grown} MiB`)
})
