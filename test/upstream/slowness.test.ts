import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { CANCEL, settingsFrame } from './frames.js'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { fieldOf, RawClient, request } from './raw-client.js'
import { startProxyFor, startStage } from './start.js'

const KIB = 1024

t.test('a response that does not come ends as 504, and is cancelled', async (t) => {
  const flags = ['--response-timeout', '100ms']
  const { listening, server } = await startStage(t, { flags })
  for (const [i, body] of [undefined, 'b', 'b'.repeat(40 * KIB)].entries()) {
    const answer = await request(listening, { method: 'POST', body })
    t.equal(answer.status, 504)
    t.equal(fieldOf(answer, 'x-tailer-proxy-error'), 'UPSTREAM_TIMEOUT')
    t.equal(await (await server.request(i)).reset, CANCEL)
  }
  t.equal(server.requests.length, 3)
})

t.test('a stall in the body truncates the response, and is cancelled', async (t) => {
  const { listening, server } = await startStage(t, {
    flags: ['--idle-timeout', '100ms'],
    onRequest: (stream) => stream.headers(200, [['content-type', 'text/plain']]).data('some of'),
  })
  const answer = await request(listening, {})
  t.equal(answer.status, 200)
  t.notOk(answer.isWhole)
  t.equal(await server.requests[0]!.reset, CANCEL)
})

for (const type of ['text/event-stream', 'text/event-stream; charset=utf-8']) {
  t.test(`${type} may be silent for long, and its header comes first`, async (t) => {
    const { listening, server } = await startStage(t, {
      flags: ['--idle-timeout', '100ms'],
      onRequest: (stream) => {
        if (stream.path === '/events') stream.headers(200, [['content-type', type]])
        else stream.headers(200, [['content-type', 'text/plain']]).data('some of')
      },
    })
    const client = new RawClient(listening).send({ path: '/events' })
    await client.received(1)
    // Another answer that began later runs into the limit first.
    t.notOk((await request(listening, { path: '/stalled' })).isWhole)
    server.requests[0]!.data('data: x\n\n', { end: true })
    const answer = await client.answer()
    t.ok(answer.isWhole)
    t.equal(answer.body.toString(), 'data: x\n\n')
    client.close()
  })
}

t.test('a header comes before the body does', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => stream.headers(200, [['content-length', '4']]),
  })
  const client = new RawClient(listening).send({})
  await client.received(1)
  server.requests[0]!.data('body', { end: true })
  t.equal((await client.answer()).body.toString(), 'body')
  client.close()
})

t.test('with a limit of 1 stream, 20 requests wait for each other', async (t) => {
  let busy = 0
  const { listening, server, proxy } = await startStage(t, {
    settings: { maxConcurrentStreams: 1 },
    onRequest: (stream) => {
      busy++
      setImmediate(() => {
        busy--
        stream.answer(200, stream.path)
      })
    },
  })
  const paths = Array.from({ length: 20 }, (_, i) => `/${i}`)
  const answers = await Promise.all(paths.map((path) => request(listening, { path })))
  t.same(
    answers.map(({ body }) => body.toString()),
    paths,
  )
  t.equal(server.requests.length, 20)
  t.equal(busy, 0)
  t.ok(server.connections.length <= 8, `${server.connections.length} connections`)
  t.ok(proxy)
})

t.test('SETTINGS may lower and raise the limits in between', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => {
      void stream.ended.then(() => stream.answer(200, String(stream.bodyBytes)))
    },
  })
  const body = Buffer.alloc(100 * KIB, 'b')
  const [connection] = server.connections
  for (const maxConcurrentStreams of [1, 0, 50]) {
    for (const initialWindowSize of [1, 0, 70_000]) {
      connection!.send(settingsFrame({ maxConcurrentStreams, initialWindowSize }))
      const answered = request(listening, { method: 'PUT', body })
      connection!.send(settingsFrame({ maxConcurrentStreams: 10, initialWindowSize: 65_535 }))
      t.equal((await answered).body.toString(), String(body.length))
    }
  }
})

t.test('windows of one byte carry a body whole', async (t) => {
  const { listening } = await startStage(t, {
    settings: { initialWindowSize: 1 },
    onRequest: (stream) => {
      void stream.ended.then(() => stream.answer(200, stream.body.toString()))
    },
  })
  const body = 'one byte at a time '.repeat(20)
  t.equal((await request(listening, { method: 'POST', body })).body.toString(), body)
})

t.test('a slow client stops the upstream: windows are not opened', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => {
      if (stream.path === '/quick') stream.answer()
    },
  })
  const responded = once(get(`${listening}/slow`), 'response')
  const stream = await server.request(0)
  // More than kernels keep for a client that does not read.
  const size = 64 * 1024 * KIB
  const poured = stream.headers(200).pour(size)
  const [response] = (await responded) as [IncomingMessage]
  for (let before = -1; before !== stream.poured;) {
    before = stream.poured
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => request(listening, { path: '/quick' })),
    )
    t.ok(
      answers.every(({ status }) => status === 200),
      'others are served meanwhile',
    )
  }
  t.ok(stream.poured < size / 2, `${stream.poured} bytes were let`)
  let read = 0
  response.on('data', (part: Buffer) => (read += part.length))
  await poured
  stream.data('', { end: true })
  await once(response, 'end')
  t.equal(read, size)
})

t.test("a slow upload is not the upstream's fault", async (t) => {
  const { listening, server } = await startStage(t, {
    flags: ['--response-timeout', '2s', '--idle-timeout', '5s'],
    onRequest: (stream) => {
      void stream.ended.then(() => stream.answer())
    },
  })
  const client = new RawClient(listening).send({ method: 'POST', chunked: true })
  // Longer in all than the upstream has for its answer, which begins when the upload ended.
  for (let i = 0; i < 8; i++) {
    client.chunk(Buffer.from('part'))
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  client.chunk(Buffer.alloc(0))
  t.equal((await client.answer()).status, 200)
  t.equal(server.requests[0]!.body.toString(), 'part'.repeat(8))
  client.close()
})

t.test("a response before the upload's end is passed on at once", async (t) => {
  const { listening, server } = await startStage(t, {
    credit: false,
    onRequest: (stream) => stream.answer(413, 'too large'),
  })
  const client = new RawClient(listening)
  client.send({ method: 'POST', contentLength: 1024 * KIB })
  client.socket.write(Buffer.alloc(200 * KIB))
  const answer = await client.answer()
  t.equal(answer.status, 413)
  t.ok(answer.isWhole)
  t.notOk(server.requests[0]!.hasEnded, 'the upload does not look whole')
  client.close()
})

t.test('who accepts and says nothing is given up as a timeout', async (t) => {
  const silent = createServer((socket) => socket.on('error', () => undefined))
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const origin = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const { certificatePem: caPem } = await createCertificateAuthority()
  const flags = ['--connect-timeout', '100ms']
  const { listening } = await startProxyFor(t, { origin, caPem }, flags)
  const answer = await request(listening, { method: 'POST', body: 'b' })
  t.equal(answer.status, 504)
})

t.test('a connection without SETTINGS is given up as a timeout', async (t) => {
  const flags = ['--connect-timeout', '100ms']
  const { listening } = await startStage(t, { flags, onConnection: () => true })
  t.equal((await request(listening, { method: 'POST', body: 'b' })).status, 504)
})
