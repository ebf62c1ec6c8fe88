import t from 'tap'
import { once } from 'node:events'
import { openClient } from '../integration/raw-client.js'
import { startBuilt } from './start-built.js'

const CONNECTIONS = 5_000
const AT_ONCE = 250

t.test('5,000 connections are opened and dropped, and a good client is served', async (t) => {
  const { port, child, complaints } = await startBuilt(t)
  const good = openClient(port)
  const beginnings = [
    '',
    'GET',
    'GET / HTTP/1.1\r\nHost: loc',
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na',
  ]
  for (let round = 1; round <= CONNECTIONS / AT_ONCE; round++) {
    const clients = Array.from({ length: AT_ONCE }, () => openClient(port))
    await Promise.all(clients.map((client) => once(client.socket, 'connect')))
    for (const [i, client] of clients.entries()) {
      client.send(beginnings[i % beginnings.length]!)
      if (i % 2 === 0) client.socket.resetAndDestroy()
      else client.socket.destroy()
    }
    good.send('GET /good HTTP/1.1\r\nHost: localhost\r\n\r\n')
    t.match((await good.answers(round)).at(-1), { status: 200 })
  }
  good.socket.destroy()
  t.equal(child.exitCode, null)
  t.strictSame(complaints, [])
})
