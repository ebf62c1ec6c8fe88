import t from 'tap'
import { CANCEL } from '../upstream/frames.js'
import { RawClient, request } from '../upstream/raw-client.js'
import { startStage } from '../upstream/start.js'

const KIB = 1024

t.test('a thousand that leave leave nothing behind', async (t) => {
  const { listening, server, logged } = await startStage(t, {
    onRequest: (stream) => {
      if (stream.path === '/next') stream.answer()
      else if (stream.path === '/body') stream.headers(200).data(Buffer.alloc(8 * KIB))
    },
  })
  for (let i = 0; i < 1000; i += 50) {
    const round = Array.from({ length: 50 }, async (_, j) => {
      const client = new RawClient(listening)
      client.send({
        method: 'POST',
        path: j % 2 ? '/body' : '/head',
        body: Buffer.alloc(8 * KIB),
      })
      if (j % 2) await client.received(1)
      else await server.request(i + 49)
      client.close()
    })
    await Promise.all(round)
  }
  const codes = await Promise.all(server.requests.map(({ reset }) => reset))
  t.equal(codes.length, 1000)
  t.ok(codes.every((code) => code === CANCEL))
  t.equal((await request(listening, { path: '/next' })).status, 200)
  t.equal(server.connections.length, 1, 'one connection served them all')
  const left = logged.filter(({ code }) => code === 'CLIENT_CLOSED')
  t.equal(left.length, 1000)
})
