import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { closed } from '../closed.js'
import { settingsFrame } from './frames.js'
import { request } from './raw-client.js'
import { ENGINES, startStage } from './start.js'

for (const engine of ENGINES) {
  t.test(`a first stream limit of 0 that is raised serves who waits (${engine})`, async (t) => {
    const { listening, server } = await startStage(t, {
      engine,
      settings: { maxConcurrentStreams: 0 },
      onRequest: (stream) => stream.answer(),
    })
    const answer = request(listening, { path: '/' })
    while (server.connections.length === 0) await new Promise(setImmediate)
    for (const connection of server.connections) {
      connection.send(settingsFrame({ maxConcurrentStreams: 9 }))
    }
    t.equal((await answer).status, 200)
  })
}

t.test('requests after one that ended its connection are not kept for ever', async (t) => {
  const { listening } = await startStage(t, {
    onRequest: (stream) => stream.headers(200, [['content-type', 'text/event-stream']]),
  })
  const client = connect(Number(new URL(listening).port), '127.0.0.1')
  t.teardown(() => client.destroy())
  client.on('error', () => undefined)
  const head = (more: string): string => `GET / HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`
  client.write(head('Connection: upgrade\r\nUpgrade: h2c\r\n'))
  await once(client, 'data')
  client.resume().write(head('').repeat(2_000))
  await closed(client)
  t.equal((await request(listening, { path: '/', method: 'TRACE' })).status, 405)
})
