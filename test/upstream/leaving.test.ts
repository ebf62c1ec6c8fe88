import t from 'tap'
import { Flood } from '../clients/flood.js'
import { post } from '../corpus/vector.js'
import { openClient } from '../integration/raw-client.js'
import { CANCEL } from './frames.js'
import { RawClient, request } from './raw-client.js'
import { startStage } from './start.js'

const KIB = 1024

t.test('a client that leaves before the response cancels its stream', async (t) => {
  const { listening, server } = await startStage(t)
  const client = new RawClient(listening).send({ method: 'POST', body: 'b' })
  const stream = await server.request(0)
  client.close()
  t.equal(await stream.reset, CANCEL)
})

t.test('a client that closes only its sending half has left', async (t) => {
  const { listening, server, logged } = await startStage(t)
  const client = new RawClient(listening).send({ method: 'POST', path: '/half', body: 'b' })
  const stream = await server.request(0)
  client.socket.end()
  t.equal(await stream.reset, CANCEL)
  const answer = await client.answer()
  t.equal(answer.status, 400, 'should it still read')
  t.equal(new Map(answer.fields).get('connection'), 'close')
  t.match(answer.body.toString(), /closed its side .* may have been processed/)
  await request(listening, { path: '/last', method: 'TRACE' })
  t.match(logged.at(-2), { path: '/half', status: 499, code: 'CLIENT_CLOSED' })
})

t.test('so has one that reads nothing of what is written already', async (t) => {
  const flood = new Flood()
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => {
      flood.add(stream, 16 * KIB, 0)
    },
  })
  const client = new RawClient(listening).send({})
  client.socket.pause()
  await flood.stands()
  client.socket.end()
  t.equal(await server.requests[0]!.reset, CANCEL)
  flood.stop()
  client.close()
})

t.test('in mid-body of a second upload, the first is told that it may have run', async (t) => {
  const { listening, server } = await startStage(t)
  const client = openClient(Number(new URL(listening).port))
  client.send(post(['Content-Length: 1'], 'b'))
  client.send(post(['Content-Length: 100'], 'half'))
  const stream = await server.request(0)
  client.socket.end()
  t.equal(await stream.reset, CANCEL)
  const answers = await client.closed()
  t.equal(answers.length, 1)
  t.match(answers, [{ status: 400 }], 'should it still read')
  t.match(answers[0]?.body, /may have been processed/)
  t.equal(server.requests.length, 1)
})

t.test('a client that ends its connection in mid-body has left: 499, and no error', async (t) => {
  const { listening, server, logged } = await startStage(t)
  const uploads = {
    '/small': { contentLength: 100 },
    '/large': { contentLength: 40 * KIB },
    '/chunked': { chunked: true },
  }
  for (const [path, options] of Object.entries(uploads)) {
    const client = new RawClient(listening).send({ method: 'POST', path, ...options })
    if ('chunked' in options) client.chunk(Buffer.alloc(KIB))
    else client.socket.write('some of it')
    if (path !== '/small') await server.request(server.requests.length)
    client.socket.end()
    const answer = await client.answer()
    t.equal(answer.status, 400, 'should it still read')
    const detail = answer.body.toString()
    t.match(detail, /ended in the middle/)
    t.equal(/may have been processed/.test(detail), path !== '/small', path)
    t.match(logged.at(-1), { path, status: 499, code: 'CLIENT_CLOSED' })
  }
  new RawClient(listening).socket.end('GET / HT')
  await request(listening, { path: '/last', method: 'TRACE' })
  t.match(logged.at(-2), { status: 499, code: 'CLIENT_CLOSED' }, 'within its header')
})

t.test('a client that leaves in the middle of the body cancels its stream', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => stream.headers(200).data('some of'),
  })
  const client = new RawClient(listening).send({})
  await client.received(1)
  client.close()
  t.equal(await server.requests[0]!.reset, CANCEL)
})

t.test('a client that leaves in a small upload has sent nothing', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => stream.answer(),
  })
  const client = new RawClient(listening)
  client.send({ method: 'POST', path: '/left', contentLength: 100 })
  client.socket.end('half')
  await client.answer()
  t.equal((await request(listening, { path: '/next' })).status, 200)
  t.equal(server.requestsFor('/left').length, 0)
})

for (const size of [40 * KIB, 400 * KIB]) {
  t.test(`an upload of ${size} bytes that is truncated never looks complete`, async (t) => {
    const { listening, server } = await startStage(t)
    for (const chunked of [false, true]) {
      const client = new RawClient(listening)
      client.send({ method: 'POST', path: `/${chunked}`, contentLength: size, chunked })
      const half = Buffer.alloc(size / 2)
      if (chunked) client.chunk(half)
      else client.socket.write(half)
      const stream = await server.request(chunked ? 1 : 0)
      client.close()
      t.equal(await stream.reset, CANCEL)
      t.notOk(stream.hasEnded, 'END_STREAM was not sent')
    }
  })
}
