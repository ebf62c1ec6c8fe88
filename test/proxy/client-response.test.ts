/** Responses through a real server of Node's to a real client; what the upstream says is the test's. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo, NetConnectOpts, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ClientResponse } from '../../src/proxy/client-response.js'
import { EndOfTurn } from '../../src/proxy/end-of-turn.js'
import { MemoryReturn } from '../../src/proxy/memory-return.js'
import { closed } from '../closed.js'
import { get, head } from '../corpus/vector.js'
import { openClient, type RawClient } from '../integration/raw-client.js'

const KIB = 1024
const MINUTE_MS = 60_000
const OPTIONS = { requestId: 'an-id' }
const length = (bytes: number): string[] => ['content-length', `${bytes}`]

interface Asked {
  readonly client: RawClient
  readonly response: ClientResponse
  /** Those to all requests on the connection. */
  readonly responses: ClientResponse[]
  /** What the request was told. */
  readonly told: string[]
  /** Our side of the connection. */
  readonly socket: Socket
  /** How many bytes that waited were dropped. */
  readonly dropped: () => number
  /** How the client's connection ended. */
  readonly ended: Promise<'ended' | 'reset'>
}

/** Waits until what the client got so far ends like that. */
async function got(client: RawClient, end: string): Promise<void> {
  while (!client.received.endsWith(end)) await once(client.socket, 'data')
}

class DropCounter extends MemoryReturn {
  bytes = 0

  override onDropped(bytes: number): void {
    this.bytes += bytes
  }
}

/** Sends a request; gives its response, of which nothing is there yet. */
async function ask(
  t: Test,
  bytes = get('/'),
  { socketPath, corsOrigin }: { socketPath?: string; corsOrigin?: string } = {},
): Promise<Asked> {
  const told: string[] = []
  const responses: ClientResponse[] = []
  const memoryReturn = new DropCounter()
  const upstreamOrigin = 'https://api.example'
  const context = { upstreamOrigin, endOfTurn: new EndOfTurn(), memoryReturn }
  let ours!: Socket
  let tellAsked!: (response: ClientResponse) => void
  const asked = new Promise<ClientResponse>((resolve) => (tellAsked = resolve))
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    ours = request.socket
    const sink = {
      onClientDrain: () => void told.push(asked.isBlocked ? 'drain while blocked' : 'drain'),
      onUnsendable: (reason: string) => void told.push(`unsendable: ${reason}`),
    }
    const asked = new ClientResponse(context, request, response, sink, corsOrigin)
    responses.push(asked)
    tellAsked(asked)
  }
  const server = createServer(onRequest).on('checkContinue', onRequest)
  await new Promise<void>((resolve) => {
    if (socketPath === undefined) server.listen(0, '127.0.0.1', resolve)
    else server.listen(socketPath, resolve)
  })
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const to = (socketPath === undefined ? port : { path: socketPath }) as number | NetConnectOpts
  const client = openClient(to, [bytes.slice(0, bytes.indexOf(' '))])
  t.teardown(() => client.socket.destroy())
  const ended = new Promise<'ended' | 'reset'>((resolve) => {
    client.socket.on('error', () => {
      resolve('reset')
    })
    client.socket.on('close', () => {
      resolve('ended')
    })
  })
  client.send(bytes)
  const response = await asked
  return {
    client,
    response,
    responses,
    told,
    socket: ours,
    dropped: () => memoryReturn.bytes,
    ended,
  }
}

/** Lets turns of the event loop pass, in which what should not happen could. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate)
}

t.test('a response comes back as it is, and is whole once the upstream ended it', async (t) => {
  const { client, response } = await ask(t)
  t.equal(response.isUpstreams, false)
  response.announce(200, [':status', '200', 'x-a', '1', ...length(4)], false)
  t.equal(response.status, 200)
  t.equal(response.hasRoomFor(4), true)
  t.equal(response.hasRoomFor(5), false)
  t.equal(response.write(Buffer.from('ab')), true)
  t.equal(response.isComplete, false)
  t.equal(response.hasRoomFor(3), false)
  await got(client, 'ab')
  t.match(client.received, /^HTTP\/1\.1 200 OK\r\nx-a: 1\r\n[^]*\r\n\r\nab$/)
  t.equal(response.isUpstreams, true)
  t.equal(response.write(Buffer.from('cd')), true)
  t.equal(response.isComplete, true)
  await settle()
  t.match(client.received, /\r\n\r\nab$/, 'what completes it is held back')
  t.equal(response.end([]), true)
  const [answer] = await client.answers(1)
  t.match(answer, { status: 200, body: 'abcd', headers: { 'x-a': '1', connection: 'keep-alive' } })
  t.equal(answer?.headers['date'], undefined, 'a date is the upstream’s')
  t.equal(response.sentBytes, 4)
  t.equal(response.isUpstreams, true)
})

t.test('what is complete at once waits for its end, and a failure is told instead', async (t) => {
  for (const [method, status, fields, part] of [
    ['GET', 200, length(4), 'abcd'],
    ['GET', 200, length(0), ''],
    ['HEAD', 200, length(4), ''],
    ['GET', 304, length(4), ''],
    ['GET', 204, [], ''],
  ] as const) {
    const what = `${method} ${status} ${fields.join(' ')}`
    const { client, response } = await ask(t, head(`${method} / HTTP/1.1`, 'Host: a'))
    response.announce(status, [':status', `${status}`, ...fields, 'x-a', '1'], false)
    if (part !== '') response.write(Buffer.from(part))
    t.equal(response.isComplete, true, what)
    await settle()
    t.equal(client.received, '', what)
    response.fail('UPSTREAM_RESET', OPTIONS)
    const [answer] = await client.answers(1)
    t.match(answer, { status: 502, code: 'UPSTREAM_RESET' }, what)
    t.equal(answer?.headers['x-a'], undefined, what)
    t.equal(response.isUpstreams, false, what)
    t.equal(response.sentBytes, answer?.body.length, what)
  }
})

t.test('within the turn in which it was announced, a failure is told, too', async (t) => {
  const { client, response } = await ask(t, get('/'), { corsOrigin: 'https://app.example' })
  response.announce(200, [':status', '200'], false)
  response.write(Buffer.from('some of'))
  response.fail('UPSTREAM_RESET', OPTIONS)
  t.match(await client.answers(1), [
    {
      status: 502,
      code: 'UPSTREAM_RESET',
      headers: { 'access-control-allow-origin': 'https://app.example', vary: 'Origin' },
    },
  ])
})

t.test(
  'before there is a response, a failure is told without CORS where none is asked',
  async (t) => {
    const { client, response } = await ask(t)
    response.fail('UPSTREAM_TIMEOUT', { ...OPTIONS, detail: 'why' })
    const [answer] = await client.answers(1)
    t.match(answer, { status: 504, code: 'UPSTREAM_TIMEOUT', body: /"detail":"why"/ })
    t.equal(answer?.headers['vary'], undefined)
  },
)

t.test('once it has begun, a failure truncates it, and it never looks whole', async (t) => {
  for (const [fields, how] of [
    [length(9), 'reset'],
    [[], 'ended'],
  ] as const) {
    const { client, response, ended } = await ask(t)
    response.announce(200, [':status', '200', ...fields], false)
    response.write(Buffer.from('some of'))
    await settle()
    response.write(Buffer.from('it'))
    response.fail('UPSTREAM_RESET', OPTIONS)
    t.equal(await ended, how)
    t.same(await client.closed(), [], 'no whole response')
    t.match(client.received, /^HTTP\/1\.1 200 OK/)
    t.match(client.received, /some of/)
    t.notMatch(client.received, /UPSTREAM_RESET|\r\n0\r\n/)
    t.equal(response.isUpstreams, true)
    t.equal(response.sentBytes, 'some of'.length, 'what was not written was not sent')
  }
})

t.test('begun and truncated in one turn, it shows that the request may have run', async (t) => {
  for (const fields of [length(KIB * KIB), []]) {
    const { client, response } = await ask(t)
    response.announce(200, [':status', '200', ...fields], false)
    response.write(Buffer.alloc(65 * KIB))
    response.fail('UPSTREAM_RESET', OPTIONS)
    t.same(await client.closed(), [], 'it does not look whole')
    t.match(client.received, /^HTTP\/1\.1 200 OK/, 'but who sees nothing may send it again')
  }
})

t.test('a header comes before content does, unless it is all of the response', async (t) => {
  const { client, response } = await ask(t)
  response.announce(200, [':status', '200', 'content-type', 'text/event-stream'], false)
  t.equal(response.isEventStream, true)
  await got(client, '\r\n\r\n')
  t.match(client.received, /\r\n\r\n$/)
  response.write(Buffer.from('a'))
  await got(client, 'a\r\n')
  t.match(client.received, /\r\n1\r\na\r\n$/)
  response.end(['x-sum', '1', 'content-length', '9'])
  const [answer] = await client.answers(1)
  t.equal(answer?.body, 'a')
  t.match(client.received, /\r\n0\r\nx-sum: 1\r\n\r\n$/, 'trailers follow, but such as may not')
})

t.test('with a length there are no trailers', async (t) => {
  const { client, response } = await ask(t)
  response.announce(200, [':status', '200', ...length(1)], false)
  response.write(Buffer.from('a'))
  t.equal(response.end(['x-sum', 'a\x01b']), true, 'nor is what they hold looked at')
  t.match(await client.answers(1), [{ body: 'a' }])
  t.notMatch(client.received, /x-sum/)
})

t.test('what HTTP/1 cannot carry is told, and none of it is sent', async (t) => {
  const early = await ask(t)
  early.response.announce(200, [':status', '200', 'x-bad', 'a\x01b'], false)
  await settle()
  t.same(early.told, ['unsendable: a field that HTTP/1 cannot carry'])
  early.response.fail('UPSTREAM_PROTOCOL', OPTIONS)
  t.match(await early.client.answers(1), [{ status: 502, code: 'UPSTREAM_PROTOCOL' }])

  for (const [fields, trailers] of [
    [['x-bad', 'a\x01b', ...length(0)], []],
    [[], ['x-bad', 'a\x01b']],
  ] as const) {
    const { client, response } = await ask(t)
    response.announce(200, [':status', '200', ...fields], false)
    t.equal(response.end(trailers), false)
    response.fail('UPSTREAM_PROTOCOL', OPTIONS)
    t.match(await client.answers(1), [{ status: 502, code: 'UPSTREAM_PROTOCOL' }])
  }
})

t.test('the last on its connection says so', async (t) => {
  const { client, response, ended } = await ask(t)
  response.announce(200, [':status', '200', ...length(1)], true)
  response.write(Buffer.from('a'))
  response.end([])
  t.match(await client.closed(), [{ body: 'a', headers: { connection: 'close' } }])
  t.equal(await ended, 'ended')
})

t.test('a page that may read the response is told so', async (t) => {
  const { client, response } = await ask(t, get('/'), { corsOrigin: 'https://app.example' })
  response.announce(200, [':status', '200', ...length(0)], false)
  response.end([])
  t.match(await client.answers(1), [
    { headers: { 'access-control-allow-origin': 'https://app.example' } },
  ])
})

t.test('who waits to be asked for a body is asked, who does not is not', async (t) => {
  const post = (version: string, ...fields: string[]): string =>
    head(`POST / HTTP/${version}`, 'Host: a', 'Content-Length: 3', ...fields)
  for (const [bytes, isAsked] of [
    [post('1.1', 'Expect: 100-continue'), true],
    [post('1.0', 'Expect: 100-continue'), false],
    [post('1.1'), false],
  ] as const) {
    const { client, response } = await ask(t, bytes)
    response.continue()
    if (isAsked) await got(client, '\r\n\r\n')
    else await settle()
    t.equal(client.received, isAsked ? 'HTTP/1.1 100 Continue\r\n\r\n' : '', bytes)
  }
})

/** Writes until the client, who does not read, takes no more; gives how many bytes that were. */
async function fill(response: ClientResponse): Promise<number> {
  const part = Buffer.alloc(64 * KIB)
  for (let bytes = 0; ; bytes += part.length) {
    if (response.isBlocked) await settle()
    if (response.isBlocked) return bytes
    response.write(part)
  }
}

t.test('a client that does not read blocks, and takes the rest later', async (t) => {
  const { client, response, told } = await ask(t)
  client.socket.pause()
  response.announce(200, [':status', '200'], false)
  const bytes = await fill(response)
  t.equal(response.write(Buffer.from('x')), false)
  await settle()
  const more = 3 * 100 * KIB
  for (let i = 0; i < 3; i++) response.write(Buffer.alloc(more / 3))
  told.length = 0
  client.socket.resume()
  while (told.length === 0) await new Promise(setImmediate)
  t.same([...new Set(told)], ['drain'])
  t.equal(response.isBlocked, false)
  t.equal(response.end([]), true)
  const [answer] = await client.answers(1)
  t.equal(answer?.body.length, bytes + 1 + more)
  t.equal(response.sentBytes, bytes + 1 + more)
})

t.test('what waits for long is kept apart from the buffer that it came in', async (t) => {
  const { client, response } = await ask(t)
  client.socket.pause()
  response.announce(200, [':status', '200'], false)
  await fill(response)
  const part = Buffer.alloc(16 * KIB, 'as it came')
  const text = part.toString()
  response.write(Buffer.from('in the first turn'))
  await settle()
  response.write(part)
  part.fill('?')
  response.end([])
  client.socket.resume()
  const [answer] = await client.answers(1)
  t.ok(answer?.body.endsWith(text))
})

t.test('who leaves without having read leaves nothing behind', async (t) => {
  for (const hasRead of [true, false]) {
    const { client, response, socket, dropped } = await ask(t)
    client.socket.pause()
    response.announce(200, [':status', '200'], false)
    if (hasRead) await fill(response)
    else response.write(Buffer.alloc(32 * 1024 * KIB))
    await settle()
    response.write(Buffer.alloc(100 * KIB))
    t.equal(dropped(), 0)
    client.socket.destroy()
    await closed(socket)
    t.equal(dropped(), 100 * KIB)
  }
})

t.test('large parts do not overtake small ones, and every byte is as it came', async (t) => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  for (const fields of [length(all.length + 9 * KIB + all.length), []]) {
    const { client, response } = await ask(t)
    response.announce(200, [':status', '200', 'x-a', '\xe9', ...fields], false)
    await got(client, '\r\n\r\n')
    t.match(client.received, /\r\nx-a: \xe9\r\n/)
    response.write(all)
    response.write(Buffer.alloc(9 * KIB, 'x'))
    await settle()
    response.write(all)
    response.end([])
    const [answer] = await client.answers(1)
    const text = all.toString('latin1')
    t.ok(answer?.body === text + 'x'.repeat(9 * KIB) + text)
  }
  const small = await ask(t)
  small.response.announce(200, [':status', '200', ...length(256)], false)
  small.response.write(all)
  small.response.end([])
  t.equal((await small.client.answers(1))[0]?.body, all.toString('latin1'))
})

t.test('what waits for a client as the response fails was not sent', async (t) => {
  const { client, response } = await ask(t)
  client.socket.pause()
  response.announce(200, [':status', '200'], false)
  const bytes = await fill(response)
  response.write(Buffer.from('waits'))
  response.fail('UPSTREAM_RESET', OPTIONS)
  t.equal(response.sentBytes, bytes)
  t.equal(response.isUpstreams, true)
})

t.test('a whole response that the client does not take is given up in time', async (t) => {
  const { client, response, ended, socket } = await ask(t)
  client.socket.pause()
  response.announce(200, [':status', '200'], false)
  await fill(response)
  response.expireUnread(1)
  await settle()
  t.equal(response.isBlocked, true, 'as long as it is not whole, that is for others to judge')
  response.end([])
  // It is looked at again and again, which does not give it more time.
  const looking = setInterval(() => {
    response.expireUnread(20)
  }, 1)
  t.teardown(() => {
    clearInterval(looking)
  })
  await closed(socket)
  // The client reads on, so as to notice.
  client.socket.resume()
  await ended
  t.same(await client.closed(), [], 'it did not get all of it')
})

t.test('the time to read a whole response is its own, and not that of the next one', async (t) => {
  const { client, responses, socket } = await ask(t, get('/1') + get('/2') + get('/3'))
  while (responses.length < 3) await new Promise(setImmediate)
  const [first, second, third] = responses
  second!.announce(200, [':status', '200', ...length(1)], false)
  second!.write(Buffer.from('b'))
  third!.announce(204, [':status', '204'], false)
  third!.end([])
  third!.expireUnread(MINUTE_MS)
  client.socket.pause()
  first!.announce(200, [':status', '200'], false)
  await fill(first!)
  first!.end([])
  first!.expireUnread(MINUTE_MS)
  t.equal(socket.timeout, MINUTE_MS)
  client.socket.resume()
  t.match(await client.answers(1), [{ status: 200 }])
  await settle()
  t.equal(socket.timeout, 0)
  second!.end([])
  t.match(await client.answers(3), [{ status: 200 }, { body: 'b' }, { status: 204 }])
})

t.test('nothing of a response leaves before its turn, so that a failure is told', async (t) => {
  const { client, responses } = await ask(t, get('/1') + get('/2'))
  while (responses.length < 2) await new Promise(setImmediate)
  const [first, second] = responses
  second!.announce(200, [':status', '200'], false)
  second!.write(Buffer.from('some of'))
  await settle()
  t.equal(second!.isBlocked, true)
  t.equal(second!.isUpstreams, false)
  second!.fail('UPSTREAM_RESET', OPTIONS)
  first!.announce(200, [':status', '200', ...length(1)], false)
  first!.write(Buffer.from('a'))
  first!.end([])
  t.match(await client.answers(2), [{ status: 200, body: 'a' }, { code: 'UPSTREAM_RESET' }])
})

t.test('what waited for its turn is sent when it comes', async (t) => {
  const { client, responses, told } = await ask(t, get('/1') + get('/2'))
  while (responses.length < 2) await new Promise(setImmediate)
  const [first, second] = responses
  second!.announce(200, [':status', '200'], false)
  await settle()
  t.equal(second!.write(Buffer.from('some of')), false)
  first!.announce(204, [':status', '204'], false)
  first!.end([])
  while (told.length === 0) await new Promise(setImmediate)
  t.equal(second!.isUpstreams, true)
  t.match(client.received.split('HTTP/1.1').at(-1), / 200 OK/)
  second!.end([])
  t.match(await client.answers(2), [{ status: 204 }, { status: 200, body: 'some of' }])
})

t.test('a unix socket has no reset', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  const { client, response, ended } = await ask(t, get('/'), { socketPath: join(folder, 'sock') })
  response.announce(200, [':status', '200', ...length(9)], false)
  response.write(Buffer.from('some of'))
  await settle()
  response.fail('UPSTREAM_RESET', OPTIONS)
  t.equal(await ended, 'ended')
  t.match(client.received, /some of$/)
})

t.test('to HTTP/1.0 a truncated response is reset, a whole one ends', async (t) => {
  const old = head('GET / HTTP/1.0', 'Host: a')
  for (const fields of [[], length(9)]) {
    const { client, response, ended } = await ask(t, old)
    response.announce(200, [':status', '200', ...fields], false)
    response.write(Buffer.from('some of'))
    await settle()
    response.fail('UPSTREAM_RESET', OPTIONS)
    t.equal(await ended, 'reset')
    t.match(client.received, /some of$/)
  }
  const { client, response, ended } = await ask(t, old)
  response.announce(200, [':status', '200'], false)
  response.write(Buffer.from('all'))
  response.end([])
  t.equal(await ended, 'ended')
  t.match(client.received, /\r\n\r\nall$/)
})

t.test('to HTTP/1.0 on a unix socket it is sent as a whole or not at all', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  const old = head('GET / HTTP/1.0', 'Host: a')
  let sockets = 0
  const askOld = (): Promise<Asked> =>
    ask(t, old, { socketPath: join(folder, `${sockets++}.sock`) })
  const events = [':status', '200', 'content-type', 'text/event-stream']

  const whole = await askOld()
  whole.response.announce(200, events, false)
  t.equal(whole.response.isEventStream, false, 'its end is awaited, so that it may not be silent')
  whole.response.write(Buffer.from('some of'))
  await settle()
  t.equal(whole.client.received, '')
  t.same(whole.told, [])
  whole.response.write(Buffer.from('it'))
  whole.response.end([])
  t.match(await whole.client.closed(), [{ body: 'some ofit', headers: { 'content-length': '9' } }])

  const failed = await askOld()
  failed.response.announce(200, events, false)
  failed.response.write(Buffer.from('some of'))
  await settle()
  failed.response.fail('UPSTREAM_RESET', OPTIONS)
  t.match(await failed.client.closed(), [{ status: 502, code: 'UPSTREAM_RESET' }])

  const bad = await askOld()
  bad.response.announce(200, [...events, 'x-bad', 'a\x01b'], false)
  await settle()
  t.same(bad.told, ['unsendable: a field that HTTP/1 cannot carry'])

  const large = await askOld()
  large.response.announce(200, events, false)
  large.response.write(Buffer.alloc(64 * KIB))
  t.same(large.told, [])
  large.response.write(Buffer.alloc(1))
  t.same(large.told, ['unsendable: too large without a length, for HTTP/1.0 on a unix socket'])
})
