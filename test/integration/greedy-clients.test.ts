import t from 'tap'
import type { ServerHttp2Stream } from 'node:http2'
import { get, post } from '../corpus/vector.js'
import { openClient } from './raw-client.js'
import { startDoor } from './start-door.js'

t.test('slow headers get 408, and others are served meanwhile', async (t) => {
  const { port } = await startDoor(t, ['--client-header-timeout', '300ms'])
  const slow = (
    [
      ['half a request line', 'GET /a'],
      ['half a head', 'GET /a HTTP/1.1\r\nHost: loc'],
      ['half a second head', get('/a') + 'GET /b HTTP/1.1\r\n'],
    ] as const
  ).map(([name, bytes]) => {
    const client = openClient(port)
    client.send(bytes)
    return { name, client }
  })
  const good = openClient(port)
  good.send(get('/a', 'Connection: close'))
  t.match(await good.closed(), [{ status: 200 }])
  for (const { name, client } of slow) {
    const answers = await client.closed()
    t.match(answers.at(-1), { status: 408, code: 'REQUEST_TIMEOUT' }, name)
  }
})

t.test('a body that stalls is given up, whether small or streamed', async (t) => {
  const { upstream, port } = await startDoor(t, ['--idle-timeout', '300ms'])
  const fields = [['Content-Length: 9'], ['Content-Length: 90000'], ['Transfer-Encoding: chunked']]
  for (const field of fields) {
    const [name = ''] = field
    const client = openClient(port)
    client.send(post(field, '1\r\na'))
    t.match(await client.closed(), [{ status: 408, code: 'REQUEST_TIMEOUT' }], name)
  }
  await upstream.until(() => upstream.open.size === 0)
  t.strictSame(upstream.seen, [], 'nothing of them is taken for whole')
})

t.test('too many at once get 503, and room is there at once', async (t) => {
  const { upstream, port } = await startDoor(t, ['--max-in-flight', '2'])
  const held: ServerHttp2Stream[] = []
  const answer = upstream.answer
  upstream.answer = (stream) => held.push(stream)
  const first = [openClient(port), openClient(port)]
  for (const client of first) client.send(get('/held', 'Connection: close'))
  await upstream.until(() => held.length === 2)
  const third = openClient(port)
  third.send(get('/a') + get('/b'))
  t.match(await third.answers(2), [
    { status: 503, code: 'OVERLOADED', headers: { 'retry-after': '1' } },
    { status: 503, code: 'OVERLOADED', headers: { 'retry-after': '1' } },
  ])
  upstream.answer = answer
  answer(held[0]!, upstream.seen[0]!)
  t.match(await Promise.race(first.map((client) => client.closed())), [{ status: 200 }])
  third.send(get('/c'))
  t.match((await third.answers(3))[2], { status: 200 })
  answer(held[1]!, upstream.seen[1]!)
  await Promise.all(first.map((client) => client.closed()))
  third.socket.destroy()
})
