/** What a person is told of a request that failed: above all, whether it may have been processed. */
import t from 'tap'
import { REFUSED_STREAM } from './frames.js'
import { fieldOf, type RawAnswer, RawClient, request } from './raw-client.js'
import { startStage } from './start.js'

const POST = { method: 'POST', body: 'b' }
const MAY_HAVE_RUN = /may have been processed/
const KIB = 1024

function detailOf(answer: RawAnswer): string {
  return (JSON.parse(answer.body.toString()) as { detail: string }).detail
}

t.test('refused twice: it was not processed', async (t) => {
  const { listening } = await startStage(t, {
    onRequest: (stream) => stream.rst(REFUSED_STREAM),
  })
  const answer = await request(listening, POST)
  t.equal(fieldOf(answer, 'x-tailer-proxy-error'), 'UPSTREAM_RESET')
  t.match(detailOf(answer), /was not processed/)
})

t.test('reset: it may have been processed', async (t) => {
  const { listening } = await startStage(t, { onRequest: (stream) => stream.rst(2) })
  t.match(detailOf(await request(listening, POST)), MAY_HAVE_RUN)
})

t.test('no stream in time: it was not processed', async (t) => {
  const { listening, server } = await startStage(t, {
    settings: { maxConcurrentStreams: 0 },
    flags: ['--response-timeout', '1s'],
  })
  const answer = await request(listening, POST)
  t.equal(answer.status, 504)
  t.match(detailOf(answer), /was not processed/)
  t.equal(server.requests.length, 0)
})

t.test('no response in time: it may have been processed', async (t) => {
  const { listening } = await startStage(t, { flags: ['--response-timeout', '1s'] })
  const answer = await request(listening, POST)
  t.equal(answer.status, 504)
  t.match(detailOf(answer), MAY_HAVE_RUN)
})

t.test('a drain that overruns says so, and that the connection closes', async (t) => {
  const { listening, server, proxy } = await startStage(t)
  const client = new RawClient(listening).send(POST)
  await server.request(0)
  const drained = proxy.drain()
  const answer = await client.answer()
  t.equal(answer.status, 504)
  t.match(detailOf(answer), /proxy shut down.*may have been processed/)
  t.equal(fieldOf(answer, 'connection'), 'close')
  t.equal(fieldOf(answer, 'retry-after'), undefined)
  await drained
})

t.test(
  'a chunk that cannot be read: what of the body went up may have been processed',
  async (t) => {
    const { listening, server } = await startStage(t)
    const client = new RawClient(listening).send({ method: 'POST', chunked: true })
    client.chunk(Buffer.alloc(KIB))
    await server.request(0)
    client.socket.write('no size\r\n')
    const answer = await client.answer()
    t.equal(answer.status, 400)
    t.match(detailOf(answer), /chunk.*size.*may have been processed/)
  },
)

t.test('a body that stops coming: what of it went up may have been processed', async (t) => {
  const { listening, server } = await startStage(t, { flags: ['--idle-timeout', '1s'] })
  const large = new RawClient(listening).send({ method: 'POST', contentLength: 20 * KIB })
  large.socket.write(Buffer.alloc(KIB))
  const small = new RawClient(listening).send({ method: 'POST', contentLength: 2 * KIB })
  small.socket.write(Buffer.alloc(KIB))
  await server.request(0)
  const [went, kept] = await Promise.all([large.answer(), small.answer()])
  t.same([went.status, kept.status], [408, 408])
  t.match(detailOf(went), MAY_HAVE_RUN)
  t.notMatch(detailOf(kept), MAY_HAVE_RUN)
  t.equal(server.requests.length, 1)
})
