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
const MIB = 1024 * 1024
/** How long a client that was sent a truncated response may be silent. */
const RESET_SILENCE_MS = 250

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

t.test(
  'what was written before a response is truncated arrives, and then an end or a reset',
  async (t) => {
    for (const isChunked of [true, false]) {
      const { client, response } = await ask(t, get('/'))
      let ending = 'FIN'
      client.socket.on('error', ({ code }: NodeJS.ErrnoException) => (ending = code ?? 'unknown'))
      response.writeHead(
        200,
        isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': 9 },
      )
      response.write('some of')
      truncate(response, isChunked)
      t.equal(conversationOf(response.req.socket).isOver, true)
      t.same(await client.closed(), [])
      t.match(client.received, isChunked ? /some of\r\n$/ : /some of$/)
      t.equal(
        ending,
        isChunked ? 'FIN' : 'ECONNRESET',
        'a missing last chunk shows, a length may not',
      )
    }
  },
)

t.test('a reset does not come while the client may still read or send', async (t) => {
  for (const rest of ['67890', '']) {
    const { client, response } = await ask(t, post(['Content-Length: 10'], '12345'))
    const { req: request } = response
    request.resume()
    response.writeHead(200, { 'content-length': 100 })
    response.write('some of')
    truncate(response, false)
    await once(client.socket, 'data')
    t.equal(request.socket.destroyed, false, 'if its sending failed it would not read')
    client.send(rest)
    t.same(await client.closed(), [])
    t.match(client.received, /some of$/)
    t.equal(request.complete, rest !== '')
  }
})

t.test('a reset gives who still sends time since its last byte', async (t) => {
  const { client, response } = await ask(t, post(['Content-Length: 10'], '12345'))
  const { req: request } = response
  let lastMs = performance.now()
  request.on('data', () => (lastMs = performance.now()))
  response.writeHead(200, { 'content-length': 100 })
  response.write('some of')
  client.socket.once('data', () =>
    setTimeout(() => {
      client.send('67890')
    }, RESET_SILENCE_MS / 2),
  )
  truncate(response, false)
  await closed(request.socket)
  t.ok(performance.now() - lastMs > RESET_SILENCE_MS - 2, 'a timer may be early by one')
  t.same(await client.closed(), [])
  t.match(client.received, /some of$/)
})

t.test('a reset waits for a reader that is slow to take what was written', async (t) => {
  const { client, response } = await ask(t, get('/'))
  client.socket.removeAllListeners('data').pause()
  response.writeHead(200, { 'content-length': 64 * MIB })
  response.write(Buffer.alloc(32 * MIB))
  truncate(response, false)
  await new Promise((resolve) => setTimeout(resolve, 2 * RESET_SILENCE_MS))
  t.equal(response.req.socket.destroyed, false)
  client.socket.resume()
  await client.closed()
  t.ok(client.socket.bytesRead > 16 * MIB, 'more than the kernel held')
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
