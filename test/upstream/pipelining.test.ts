/** Requests that a client sends before it has the response to the one before (RFC 9112 §9.3.2). */
import { setImmediate, setTimeout } from 'node:timers/promises'
import t from 'tap'
import { openClient } from '../integration/raw-client.js'
import { RawClient } from './raw-client.js'
import { startStage } from './start.js'

const post = (path: string) => ({ method: 'POST', path, body: 'b' })

t.test('a request is sent once the response before its own is whole', async (t) => {
  const { listening, server } = await startStage(t)
  const client = new RawClient(listening).send(post('/1')).send(post('/2')).send({ path: '/3' })
  for (const path of ['/1', '/2', '/3']) {
    const stream = await server.request(Number(path.slice(1)) - 1)
    t.equal(stream.path, path)
    // Whatever had been sent with it would be there before this is answered.
    await stream.connection.ping()
    t.equal(server.requests.length, Number(path.slice(1)), 'and no other is sent')
    stream.answer(200, path)
    t.equal((await client.answer()).body.toString(), path)
  }
  client.close()
})

t.test('what follows a truncated response has not run', async (t) => {
  const { listening, server, logged } = await startStage(t)
  const client = new RawClient(listening).send(post('/1')).send(post('/2'))
  const first = await server.request(0)
  first.headers(200, [['content-length', '10']]).data('abc')
  await client.received(1)
  first.rst(2)
  const answer = await client.answer()
  t.notOk(answer.isWhole)
  t.equal(server.requestsFor('/2').length, 0)
  client.close()
  t.equal(logged.filter(({ path, code }) => path === '/2' && code !== 'CLIENT_CLOSED').length, 0)
})

t.test('a client that ends its half of the connection takes those that wait with it', async (t) => {
  const { listening, server, proxy } = await startStage(t)
  const client = new RawClient(listening).send(post('/1')).send(post('/2'))
  const first = await server.request(0)
  client.socket.end()
  await first.reset
  while (proxy.inFlight > 0) await setImmediate()
  await first.connection.ping()
  t.equal(proxy.inFlight, 0)
  t.equal(server.requests.length, 1)
})

t.test('a client that leaves takes those that wait with it', async (t) => {
  const { listening, server, proxy } = await startStage(t)
  const client = new RawClient(listening).send(post('/1')).send(post('/2'))
  const first = await server.request(0)
  client.close()
  await first.reset
  t.equal(proxy.inFlight, 0)
  t.equal(server.requests.length, 1)
})

t.test(
  'one that waits for its turn is not timed out, and the first of a drain is told so',
  async (t) => {
    const { listening, server, proxy } = await startStage(t, { flags: ['--idle-timeout', '300ms'] })
    const client = new RawClient(listening)
    client.send(post('/1')).send({ method: 'POST', path: '/2', contentLength: 20_000 })
    const first = await server.request(0)
    first.headers(200, [['content-type', 'text/event-stream']]).data('data: 1\n\n')
    await client.received(1)
    // Three times as long as a client may be silent whose turn it is.
    await setTimeout(900)
    first.data('data: 2\n\n', { end: true })
    t.equal((await client.answer()).status, 200)
    client.socket.write(Buffer.alloc(20_000))
    const second = await server.request(1)
    await second.ended
    t.equal(second.bodyBytes, 20_000)
    const drained = proxy.drain()
    t.equal((await client.answer()).status, 504)
    await drained
    client.close()
  },
)

t.test(
  'a request that ends the connection waits for all before it, and they are served',
  async (t) => {
    const { listening, server } = await startStage(t, { onRequest: (stream) => stream.answer() })
    for (const last of ['GET /a/../b HTTP/1.1\r\nhost: localhost\r\n\r\n', 'no request\r\n\r\n']) {
      const before = server.requests.length
      const client = openClient(Number(new URL(listening).port))
      const upload = 'HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\nb'
      client.send(`POST /1 ${upload}POST /2 ${upload}${last}`)
      t.match(await client.closed(), [{ status: 200 }, { status: 200 }, { status: 400 }])
      t.equal(server.requests.length, before + 2)
    }
  },
)
