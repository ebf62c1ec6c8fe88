import t from 'tap'
import { REFUSED_STREAM } from './frames.js'
import { fieldOf, RawClient, request } from './raw-client.js'
import { startStage } from './start.js'

const KIB = 1024

t.test('GOAWAY with code 0: the old drains while a new one serves', async (t) => {
  const { listening, server } = await startStage(t)
  const clients = Array.from({ length: 5 }, (_, i) => {
    return new RawClient(listening).send({ method: 'POST', path: `/${i}`, body: 'b' })
  })
  await server.request(4)
  const [old] = server.connections
  old!.goaway(old!.lastStreamId)
  const later = new RawClient(listening).send({ method: 'POST', path: '/later', body: 'b' })
  const stream = await server.request(5)
  t.not(stream.connection, old)
  stream.answer()
  t.equal((await later.answer()).status, 200)
  for (const each of old!.streams.values()) each.answer(200, each.path)
  for (const [i, client] of clients.entries()) {
    t.equal((await client.answer()).body.toString(), `/${i}`)
    client.close()
  }
  await old!.closed
  t.equal(server.requests.length, 6)
  later.close()
})

for (const code of [0, 2]) {
  t.test(`GOAWAY ${code}: streams above its last one are sent again`, async (t) => {
    const { listening, server } = await startStage(t)
    const clients = Array.from({ length: 6 }, (_, i) => {
      return new RawClient(listening).send({ method: 'POST', path: `/${i}`, body: 'b' })
    })
    await server.request(5)
    const [old] = server.connections
    const [, , last] = server.requests
    // Answers first: a client that drops the connection at a code has them by then.
    for (const stream of server.requests.slice(0, 3)) stream.answer(200, 'old')
    old!.goaway(last!.id, code)
    await server.request(8)
    for (const stream of server.requests.slice(6)) stream.answer(200, 'new')
    const bodies = await Promise.all(
      clients.map(async (client) => {
        const answer = await client.answer()
        client.close()
        return answer.body.toString()
      }),
    )
    t.same(bodies.sort(), ['new', 'new', 'new', 'old', 'old', 'old'])
    t.equal(server.requests.length, 9)
  })
}

t.test('a request is sent again once, not twice', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => stream.rst(REFUSED_STREAM),
  })
  const answer = await request(listening, { method: 'POST', body: 'b' })
  t.equal(answer.status, 502)
  t.equal(fieldOf(answer, 'x-tailer-proxy-error'), 'UPSTREAM_RESET')
  t.equal(server.requests.length, 2)
})

t.test('an upload refused half-way begins anew, while it is kept', async (t) => {
  const { listening, server } = await startStage(t)
  const body = Buffer.alloc(60 * KIB, 'abcdefg')
  const client = new RawClient(listening)
  client.send({ method: 'POST', contentLength: body.length })
  client.socket.write(body.subarray(0, 30 * KIB))
  const first = await server.request(0)
  first.rst(REFUSED_STREAM)
  const second = await server.request(1)
  client.socket.write(body.subarray(30 * KIB))
  await second.ended
  t.ok(second.body.equals(body), 'all of it, from its beginning')
  second.answer()
  t.equal((await client.answer()).status, 200)
  client.close()
})

t.test('an upload over the replay limit is not sent again', async (t) => {
  const { listening, server } = await startStage(t, {
    flags: ['--replay-limit', '20KiB'],
    onRequest: (stream) => {
      void stream.ended.then(() => stream.rst(REFUSED_STREAM))
    },
  })
  const answer = await request(listening, { method: 'PUT', body: Buffer.alloc(30 * KIB) })
  t.equal(answer.status, 502)
  t.equal(server.requests.length, 1)
})

t.test('an idle connection that was reset is replaced before anyone asks', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => stream.answer(),
  })
  t.equal((await request(listening, {})).status, 200)
  for (const end of ['reset', 'end'] as const) {
    const last = server.connections.at(-1)!
    last[end]()
    await last.closed
    const answers = await Promise.all(
      [1, 2, 3].map(() => request(listening, { method: 'POST', path: `/${end}`, body: 'b' })),
    )
    t.same(
      answers.map(({ status }) => status),
      [200, 200, 200],
    )
    t.equal(server.requestsFor(`/${end}`).length, 3)
  }
})

t.test('4xx and 5xx pass untouched, after one request', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => {
      const status = Number(stream.path.slice(1))
      stream.answer(status, 'why', [['retry-after', '7']])
    },
  })
  for (const status of [400, 401, 404, 409, 413, 425, 429, 500, 502, 503, 504]) {
    for (const method of ['GET', 'POST']) {
      const path = `/${status}`
      const before = server.requests.length
      const answer = await request(listening, { method, path, body: 'b' })
      t.equal(answer.status, status)
      t.equal(fieldOf(answer, 'retry-after'), '7')
      t.equal(fieldOf(answer, 'x-tailer-proxy-error'), undefined)
      t.equal(answer.body.toString(), 'why')
      t.equal(server.requests.length, before + 1)
    }
  }
})

for (const disown of ['goaway', 'refused'] as const) {
  t.test(
    `what has begun to respond has run, though the upstream disowns it: ${disown}`,
    async (t) => {
      const { listening, server, proxy } = await startStage(t)
      const client = new RawClient(listening).send({ method: 'POST', body: 'b' })
      const stream = await server.request(0)
      // The header alone, of a response that is held back until its end is known.
      stream.headers(200, [['content-length', '0']])
      if (disown === 'goaway') stream.connection.goaway(0)
      else stream.rst(REFUSED_STREAM)
      const drained = proxy.drain()
      const answer = await client.answer()
      t.not(fieldOf(answer, 'x-tailer-proxy-error'), 'SHUTTING_DOWN')
      t.match(answer.body.toString(), /may have been processed/)
      await drained
      t.equal(server.requests.length, 1)
    },
  )
}
