/** How connections end: by real sockets on loopback. */
import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import {
  conversationOf,
  endAfter,
  endWith,
  hasLeft,
  linger,
  truncate,
} from '../../src/proxy/conversation.js'
import { closed } from '../closed.js'
import { get, post } from '../corpus/vector.js'
import { openClient, type RawClient } from '../integration/raw-client.js'

const LONG_MS = 60_000

async function portOf(t: Test, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

/** A connection: our side, and the client's, which may go on when ours has ended. */
async function connectPair(t: Test): Promise<{ ours: Socket; client: Socket }> {
  const server = createServer({ allowHalfOpen: true })
  const port = await portOf(t, server)
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const [ours] = (await once(server, 'connection')) as [Socket]
  for (const socket of [ours, client]) {
    socket.on('error', () => undefined)
    t.teardown(() => socket.destroy())
  }
  return { ours, client }
}

/** Sends a request; gives its response, not begun. */
async function ask(
  t: Test,
  bytes: string,
): Promise<{ client: RawClient; response: ServerResponse }> {
  const server = createHttpServer()
  t.teardown(() => {
    server.closeAllConnections()
  })
  const client = openClient(await portOf(t, server))
  t.teardown(() => client.socket.destroy())
  client.send(bytes)
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  return { client, response }
}

const timers = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

t.test('a client that is silent after the last response is closed', async (t) => {
  const { ours, client } = await connectPair(t)
  client.resume()
  ours.write('the last response')
  const before = timers()
  linger(ours, 1, LONG_MS)
  await closed(ours)
  t.equal(ours.destroyed, true)
  t.equal(timers(), before, 'it waits for nothing more')
})

t.test('who still sends gets all of the response, and time since its last byte', async (t) => {
  const silenceMs = 60
  const { ours, client } = await connectPair(t)
  let received = ''
  client.on('data', (part: Buffer) => (received += part.toString()))
  client.on('end', () => {
    client.write('more')
    setTimeout(() => client.write('and more'), silenceMs / 2)
  })
  let lastMs = performance.now()
  ours.on('data', () => (lastMs = performance.now()))
  ours.write('the last response')
  linger(ours, silenceMs, LONG_MS)
  await once(client, 'end')
  t.equal(received, 'the last response')
  await closed(ours)
  t.ok(performance.now() - lastMs > silenceMs - 2, 'a timer may be early by one')
})

t.test('who does not read, or never stops, is closed in the end', async (t) => {
  for (const reads of [false, true]) {
    const { ours, client } = await connectPair(t)
    if (reads) {
      client.resume()
      const sending = setInterval(() => client.write('more'), 1)
      t.teardown(() => {
        clearInterval(sending)
      })
      linger(ours, LONG_MS, 20)
    } else {
      client.pause()
      ours.write(Buffer.alloc(32 * 1024 * 1024))
      linger(ours, 1, 20)
    }
    await closed(ours)
    t.equal(ours.destroyed, true)
  }
})

t.test('after the last response, nothing that follows is looked at', async (t) => {
  const { client, response } = await ask(t, get('/'))
  endWith(response)
  const { socket } = response.req
  t.equal(conversationOf(socket).isOver, true)
  response.end('bye')
  const [answer] = await client.answers(1)
  t.match(answer, { body: 'bye', headers: { connection: 'close' } })
  await once(client.socket, 'end')
  t.equal(socket.destroyed, false, 'what still comes is read, or the client would see a reset')
})

t.test('what a request still has to say is heard before its connection ends', async (t) => {
  for (const [bytes, isOver] of [
    [get('/'), true],
    [post(['Content-Length: 4'], 'ab'), false],
  ] as const) {
    const { client, response } = await ask(t, bytes)
    endAfter(response)
    t.equal(conversationOf(response.req.socket).isOver, isOver)
    response.end('bye')
    t.match(await client.answers(1), [{ headers: { connection: 'close' } }])
  }
})

t.test('what was written before a response is truncated arrives, and not its end', async (t) => {
  for (const isDelimitedByClose of [true, false]) {
    const { client, response } = await ask(t, get('/'))
    const { socket } = response.req
    response.writeHead(200, { 'transfer-encoding': 'chunked' })
    response.write('some of')
    truncate(response, isDelimitedByClose)
    t.equal(conversationOf(socket).isOver, true)
    t.equal(socket.destroyed, isDelimitedByClose, 'a reset does not wait for a whole request')
    t.same(await client.closed(), [])
    t.match(client.received, /some of\r\n$/)
  }
})

t.test('one that is still sending is reset once it has sent its request, or soon', async (t) => {
  for (const rest of ['67890', '']) {
    const { client, response } = await ask(t, post(['Content-Length: 10'], '12345'))
    const { req: request } = response
    request.resume()
    response.writeHead(200, { 'content-length': 100 })
    response.write('some of')
    truncate(response, true)
    await once(client.socket, 'data')
    t.equal(request.socket.destroyed, false, 'if its sending failed it would not read')
    client.send(rest)
    if (rest !== '') {
      await once(request, 'end')
      t.equal(request.socket.destroyed, true, 'at once')
    }
    t.same(await client.closed(), [])
    t.match(client.received, /some of$/)
    t.equal(request.complete, rest !== '')
  }
})

t.test('a response has left once the connection took all of it', async (t) => {
  for (const fields of [[], ['Connection: close']]) {
    const { response } = await ask(t, get('/', ...fields))
    response.end('all')
    await once(response, 'close')
    t.equal(hasLeft(response), true)
  }
  const unread = await ask(t, get('/'))
  unread.client.socket.pause()
  unread.response.end(Buffer.alloc(32 * 1024 * 1024))
  unread.client.socket.destroy()
  await once(unread.response, 'close')
  t.equal(hasLeft(unread.response), false)
})
