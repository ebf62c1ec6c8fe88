import t from 'tap'
import { once } from 'node:events'
import { get, head, post } from '../corpus/vector.js'
import { openClient } from './raw-client.js'
import { startDoor } from './start-door.js'

const BAD_HEAD = 'GET /b HTTP/1.1\r\nX : a\r\n\r\n'
const CHUNKED = 'Transfer-Encoding: chunked'

t.test('a response in progress is not disturbed by an error that follows it', async (t) => {
  const { upstream, port } = await startDoor(t)
  for (const [name, bytes] of [
    ['a bad head', BAD_HEAD],
    ['CONNECT', head('CONNECT a:1 HTTP/1.1', 'Host: a')],
    ['a head too large', get('/b', `X: ${'a'.repeat(17_408)}`)],
  ] as const) {
    let finish: (() => void) | undefined
    upstream.answer = (stream) => {
      finish = () => {
        stream.respond({ ':status': 200 })
        stream.end('first')
      }
    }
    const client = openClient(port)
    client.send(get('/a') + bytes)
    await upstream.until(() => finish !== undefined)
    t.equal(client.received, '', `${name}: nothing is sent before its turn`)
    finish?.()
    const [first, second, ...more] = await client.closed()
    t.match(first, { status: 200, body: 'first' }, name)
    t.match(second?.code, /^(?:BAD_REQUEST|METHOD_NOT_ALLOWED|HEADERS_TOO_LARGE)$/, name)
    t.strictSame(more, [], name)
  }
})

t.test('a response whose body is being sent is not disturbed either', async (t) => {
  const { upstream, port } = await startDoor(t)
  let finish: (() => void) | undefined
  upstream.answer = (stream) => {
    stream.respond({ ':status': 200 })
    stream.write('fi')
    finish = () => stream.end('rst')
  }
  const client = openClient(port)
  client.send(get('/a'))
  await upstream.until(() => finish !== undefined)
  client.send(BAD_HEAD)
  const other = openClient(port)
  other.send(BAD_HEAD)
  await other.closed()
  finish?.()
  const answers = await client.closed()
  t.match(answers, [
    { status: 200, body: 'first' },
    { status: 400, code: 'BAD_REQUEST' },
  ])
  t.equal(answers.length, 2)
})

t.test('a body that turns out bad gets 400, and its stream is cancelled', async (t) => {
  const { upstream, port } = await startDoor(t)
  const client = openClient(port)
  client.send(post([CHUNKED], '3\r\nabc\r\n'))
  await upstream.until(() => upstream.open.size === 1)
  client.send('x\r\n')
  t.match(await client.closed(), [{ status: 400, code: 'BAD_REQUEST' }])
  await upstream.until(() => upstream.open.size === 0)
  t.strictSame(upstream.seen, [], 'the upstream never saw it whole')
})

t.test('a body that turns out bad while its response is sent truncates it', async (t) => {
  const { upstream, port } = await startDoor(t)
  const client = openClient(port)
  client.send(post([CHUNKED], '3\r\nabc\r\n'))
  await upstream.until(() => upstream.open.size === 1)
  const [stream] = upstream.open
  stream!.respond({ ':status': 200 })
  stream!.write('begun')
  await once(client.socket, 'data')
  client.send('x\r\n')
  t.strictSame(await client.closed(), [], 'no whole response')
  t.notMatch(client.received, /400|BAD_REQUEST/)
  await upstream.until(() => upstream.open.size === 0)
})

t.test('after a refusal without a body the connection goes on', async (t) => {
  const { upstream, port } = await startDoor(t)
  const client = openClient(port, ['HEAD', 'GET'])
  client.send(head('HEAD /a HTTP/1.1', 'Host: evil.example'))
  const [refused] = await client.answers(1)
  t.match(refused, { status: 403, code: 'HOST_NOT_ALLOWED', body: '' })
  t.match(refused?.headers, { 'content-type': 'application/problem+json', 'content-length': /\d/ })
  client.send(get('/a'))
  const answers = await client.answers(2)
  t.match(answers[1], { status: 200, body: 'ok' })
  t.equal(upstream.seen.length, 1)
  client.socket.destroy()
})

t.test('a refusal reaches a client that is still sending a large body', async (t) => {
  const { upstream, port } = await startDoor(t)
  const client = openClient(port)
  const bytes = 8 * 1024 * 1024
  client.send(head('POST /a HTTP/1.1', 'Host: evil.example', `Content-Length: ${bytes}`))
  client.send('a'.repeat(bytes))
  t.match(await client.closed(), [{ status: 403, headers: { connection: 'close' } }])
  t.strictSame(upstream.seen, [])
})

t.test('a refused request that waits to be asked for its body is not asked', async (t) => {
  const { port } = await startDoor(t)
  const client = openClient(port)
  client.send(
    head('POST /a HTTP/1.1', 'Host: evil.example', 'Expect: 100-continue', 'Content-Length: 9'),
  )
  t.match(await client.closed(), [{ status: 403 }])
  t.notMatch(client.received, /100 Continue/)
})

t.test('a client that waits to be asked for its body is asked, unless it speaks 1.0', async (t) => {
  const { port } = await startDoor(t)
  const client = openClient(port)
  client.send(post(['Expect: 100-continue', 'Content-Length: 3', 'Connection: close'], ''))
  await once(client.socket, 'data')
  t.equal(client.received, 'HTTP/1.1 100 Continue\r\n\r\n')
  client.send('abc')
  t.match(await client.closed(), [{ status: 200 }])
  const old = openClient(port)
  old.send(head('POST /a HTTP/1.0', 'Host: localhost', 'Expect: 100-continue', 'Content-Length: 3'))
  old.send('abc')
  t.match(await old.closed(), [{ status: 200 }])
  t.notMatch(old.received, /100 Continue/)
})

t.test('a problem says what it is, and nothing of the upstream', async (t) => {
  const { upstream, port } = await startDoor(t, ['--read-only'])
  const client = openClient(port)
  client.send(head('DELETE /a HTTP/1.1', 'Host: localhost', 'X-Request-Id: my-id'))
  const [answer] = await client.answers(1)
  const problem = JSON.parse(answer!.body) as Record<string, string>
  t.match(problem, { type: 'about:blank', status: 403, code: 'NOT_ALLOWED', requestId: 'my-id' })
  t.match(problem['detail'], /--allow, --read-only/)
  t.notMatch(client.received, new RegExp(upstream.origin.slice('https://'.length)))
  client.socket.destroy()
})

t.test('a client that goes away leaves none of its pipelined requests behind', async (t) => {
  const { upstream, port } = await startDoor(t, ['--max-in-flight', '3'])
  const { answer } = upstream
  upstream.answer = () => undefined
  const client = openClient(port)
  client.send(get('/a') + get('/b') + get('/c'))
  await upstream.until(() => upstream.seen.length === 1)
  client.socket.resetAndDestroy()
  await upstream.until(() => upstream.open.size === 0)
  upstream.answer = answer
  const other = openClient(port)
  other.send(get('/d', 'Connection: close'))
  t.match(await other.closed(), [{ status: 200 }], 'there is room again')
})
