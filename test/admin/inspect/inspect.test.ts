import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import type { RequestDetail, RequestsDocument } from '../../../src/admin/documents.js'
import { startDoor, TOKEN } from '../../integration/start-door.js'

/** A proxy with `--inspect`, and what it shows. */
async function start(t: Test, flags: readonly string[] = []) {
  const lines: Record<string, unknown>[] = []
  const own = ['--inspect', '--admin', '127.0.0.1:0', ...flags]
  const door = await startDoor(t, own, undefined, (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>)
  })
  const admin = String(lines.find(({ msg }) => msg === 'ready')?.['admin'])
  return {
    ...door,
    admin,
    lines,
    detailOf: async (id: string) => {
      const response = await fetch(`${admin}/requests/${id}`)
      const text = await response.text()
      t.notMatch(text, TOKEN, 'no token')
      return response.ok ? (JSON.parse(text) as RequestDetail) : undefined
    },
  }
}

/** Status and body, with the fields as given. */
async function ask(
  url: string,
  { body, ...options }: { method?: string; headers: string[]; body?: string },
) {
  const asked = request(url, { agent: false, ...options }).end(body)
  const [answer] = (await once(asked, 'response')) as [AsyncIterable<Buffer>]
  let text = ''
  for await (const part of answer) text += part.toString()
  return text
}

t.test('a request is shown as the client sent it, a response as the client got it', async (t) => {
  const { listening, upstream, detailOf, admin, lines } = await start(t)
  upstream.answer = (stream, { fields }) => {
    stream.respond({
      ':status': 201,
      'content-type': 'application/json',
      'set-cookie': ['a=1', 'b=2'],
      'x-echo': fields[fields.indexOf('authorization') + 1],
    })
    stream.write('{"token":"')
    stream.write(TOKEN.slice(0, 7))
    stream.end(`${TOKEN.slice(7)}"}`)
  }
  await ask(`${listening}/v1/dag/status?secret=1`, {
    method: 'POST',
    headers: [
      ...['Host', 'localhost', 'X-Request-Id', 'mine', 'Content-Type', 'application/json'],
      ...['Cookie', 'session=1', 'Authorization', 'Bearer theirs', 'X-Twice', '1', 'x-twice', '2'],
      ...['Content-Length', '16'],
    ],
    body: '{"action":"héy"}'.slice(0, 15),
  })
  const detail = (await detailOf('mine'))!
  t.match(detail, { requestId: 'mine', path: '/v1/dag/status', status: 201, source: 'upstream' })
  t.equal(detail.target, '/v1/dag/status?secret=1')
  t.same(detail.request.headers.slice(0, 6), [
    ['Host', 'localhost'],
    ['X-Request-Id', 'mine'],
    ['Content-Type', 'application/json'],
    ['Cookie', '[redacted]'],
    ['X-Twice', '1'],
    ['x-twice', '2'],
  ])
  t.equal(detail.request.body, '{"action":"héy"')
  t.equal(detail.request.truncated, false)
  t.same(detail.response.headers.slice(0, 4), [
    ['content-type', 'application/json'],
    ['set-cookie', '[redacted]'],
    ['set-cookie', '[redacted]'],
    ['x-echo', 'Bearer [redacted]'],
  ])
  const names = detail.response.headers.map(([name]) => name.toLowerCase())
  t.ok(names.includes('transfer-encoding') || names.includes('content-length'), 'and all of it')
  t.equal(detail.response.body, '{"token":"[redacted]"}')
  const { inspect, requests } = (await (
    await fetch(`${admin}/requests`)
  ).json()) as RequestsDocument
  t.equal(inspect, true)
  t.same(requests, [Object.fromEntries(Object.entries(detail).slice(0, 12))])
  t.match(lines, [{ msg: /--inspect/ }, { msg: 'ready' }], 'it is in the start log')
  t.equal(JSON.stringify(lines).includes(TOKEN), false)
})

t.test(
  'what the guard refuses is shown, with what was wrong; what cannot be read is not',
  async (t) => {
    const { port, listening, detailOf } = await start(t, ['--require-header', 'X-Key: s3cret'])
    const body = await ask(`${listening}/a`, {
      headers: ['Host', 'evil.example', 'x-request-id', 'refused', 'x-key', 's3cret'],
    })
    const detail = (await detailOf('refused'))!
    t.match(detail, { status: 403, code: 'HOST_NOT_ALLOWED', target: '/a', sent: 0 })
    t.same(
      detail.request.headers.find(([name]) => name === 'Host'),
      ['Host', 'evil.example'],
    )
    t.same(
      detail.request.headers.find(([name]) => name === 'x-key'),
      ['x-key', '[redacted]'],
    )
    t.equal(detail.response.body, body)
    t.match(detail.response.headers, [['content-type', 'application/problem+json']])

    const client = connect(port, '127.0.0.1')
    client.write('GET / HTTP/9\r\n\r\n')
    await once(client, 'data')
    client.destroy()
    t.equal(await detailOf('nothing'), undefined)
  },
)

t.test('of large bodies the beginning is shown, and all of them arrive', async (t) => {
  const { listening, upstream, detailOf } = await start(t)
  const large = 'abcdefgh'.repeat(40_000)
  upstream.answer = (stream, { body }) => {
    stream.respond({ ':status': 200 })
    stream.end(body)
  }
  const headers = { 'x-request-id': 'large' }
  const answered = await fetch(listening, { method: 'POST', body: large, headers })
  t.equal(await answered.text(), large)
  const detail = (await detailOf('large'))!
  for (const message of [detail.request, detail.response]) {
    t.equal(message.body, large.slice(0, 16 * 1024))
    t.equal(message.truncated, true)
  }
  t.equal(detail.bytesUp, large.length)
  t.equal(detail.bytesDown, large.length)
})

t.test('the last hundred are kept, and of one id the newest', async (t) => {
  const { listening, detailOf } = await start(t)
  const send = (id: string, path: string) =>
    fetch(`${listening}${path}`, { headers: { 'x-request-id': id } }).then((answer) =>
      answer.text(),
    )
  await send('first', '/')
  await send('twice', '/1')
  await send('twice', '/2')
  t.equal((await detailOf('twice'))?.path, '/2')
  for (let i = 0; i < 97; i++) await send(`${i}`, '/')
  t.ok(await detailOf('first'), 'the hundredth')
  await send('one more', '/')
  t.equal(await detailOf('first'), undefined)
})

t.test('a client that leaves is shown with what it got until then', async (t) => {
  const { port, upstream, detailOf, lines } = await start(t)
  upstream.answer = (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/event-stream' })
    stream.write(`data: ${TOKEN}\n\n`)
  }
  const client = connect(port, '127.0.0.1')
  client.write('GET /stream HTTP/1.1\r\nhost: localhost\r\nx-request-id: left\r\n\r\n')
  let seen = ''
  while (!seen.includes(TOKEN)) {
    const [part] = (await once(client, 'data')) as [Buffer]
    seen += part.toString()
  }
  client.destroy()
  while (!lines.some(({ requestId }) => requestId === 'left')) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  const detail = (await detailOf('left'))!
  t.match(detail, { status: 499, code: 'CLIENT_CLOSED' })
  t.equal(detail.response.body, 'data: [redacted]\n\n')
})
