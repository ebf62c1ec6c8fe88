import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { openClient } from './raw-client.js'
import { startDoor } from './start-door.js'

t.test('a client that speaks HTTP/2 is told in HTTP/2 that HTTP/1.1 is required', async (t) => {
  const { upstream, port } = await startDoor(t)
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  t.teardown(() => {
    session.destroy()
  })
  session.on('error', () => undefined)
  const [code, lastStreamId] = (await once(session, 'goaway')) as [number, number]
  t.equal(code, 13)
  t.equal(lastStreamId, 0)
  t.equal(upstream.seen.length, 0)
})

t.test('a client that speaks TLS fails, and nothing is sent', async (t) => {
  const { upstream, port } = await startDoor(t)
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
  const [error] = (await once(socket, 'error')) as [Error]
  t.match(error.message, /wrong version number|packet length|SSL/i)
  t.equal(upstream.seen.length, 0)
})

t.test('a connection that was opened ahead is closed without a word', async (t) => {
  const { port } = await startDoor(t, ['--client-header-timeout', '200ms'])
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'close')
  t.equal(Buffer.concat(chunks).length, 0)

  const slow = openClient(port)
  slow.send('GET / HT')
  t.match(await slow.closed(), [{ status: 408, code: 'REQUEST_TIMEOUT' }])
})
