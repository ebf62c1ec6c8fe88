import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { tryToBind } from '../../src/net/try-to-bind.js'
import { freePort } from '../free-port.js'

t.test('a port in use, by whatever address, says so', async (t) => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const server = createServer().listen(0, host)
    t.teardown(() => server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    for (const tried of ['127.0.0.1', '0.0.0.0'])
      await t.rejects(tryToBind(tried, port), { code: 'EADDRINUSE' })
  }
})

t.test('an address of another machine says so', async (t) => {
  await t.rejects(tryToBind('192.0.2.1', await freePort()), { code: 'EADDRNOTAVAIL' })
})

t.test('a free port stays free, on one address or on all', async (t) => {
  for (const host of ['127.0.0.1', '0.0.0.0', 'localhost']) {
    const port = await freePort()
    await tryToBind(host, port)
    await tryToBind(host, port)
    const server = createServer().listen(port, host)
    t.teardown(() => server.close())
    await once(server, 'listening')
  }
})

/**
 * Connects time and again, and counts what came of it: refused, connected. The kernel may connect
 * it to itself, from the same port.
 */
const EAGER_CLIENT = `
const { workerData } = require('node:worker_threads')
const { connect } = require('node:net')
const counts = new Int32Array(workerData.counts)
const again = () => {
  const socket = connect(workerData.port, '127.0.0.1')
  socket.once('connect', () => {
    if (socket.localPort !== workerData.port) Atomics.add(counts, 1, 1)
    socket.destroy()
    again()
  })
  socket.once('error', () => { Atomics.add(counts, 0, 1); again() })
}
for (let i = 0; i < 8; i++) again()
`

t.test('a client that comes meanwhile is refused, not accepted and dropped', async (t) => {
  const port = await freePort()
  const counts = new SharedArrayBuffer(8)
  const [refused, connected] = [0, 1]
  const seen = new Int32Array(counts)
  const worker = new Worker(EAGER_CLIENT, { eval: true, workerData: { port, counts } })
  t.teardown(() => worker.terminate())
  while (Atomics.load(seen, refused) < 500) await tryToBind('127.0.0.1', port)
  t.equal(Atomics.load(seen, connected), 0)
})
