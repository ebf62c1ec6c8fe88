import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { connectAny } from '../../src/net/connect-any.js'

const LISTEN = `
const server = require('node:net').createServer((socket) => socket.on('error', () => {}))
server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log(server.address().port))`

/** A server whose queue is full: the kernel answers no SYN until the process goes on. */
async function createSlowServer(t: Test): Promise<{ port: number; goOn: () => void }> {
  const child = spawn(process.execPath, ['--eval', LISTEN])
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(line.toString())
  child.kill('SIGSTOP')
  for (let isFull = false; !isFull;) {
    const filler = connect(port, '127.0.0.1').on('error', () => undefined)
    t.teardown(() => filler.destroy())
    const connected = once(filler, 'connect').then(() => false)
    isFull = await Promise.race([connected, setTimeout(200, true)])
  }
  return { port, goOn: () => child.kill('SIGCONT') }
}

const never = new AbortController().signal

t.test('a slow address is not given up for one that is dead', async (t) => {
  const { port, goOn } = await createSlowServer(t)
  const connecting = connectAny(['127.0.0.1', '::1', '127.0.0.2'], port, never)
  await setTimeout(600)
  goOn()
  const socket = await connecting
  t.equal(socket.remoteAddress, '127.0.0.1')
  socket.destroy()
})

t.test('the next address is tried beside one that is silent', async (t) => {
  const { port } = await createSlowServer(t)
  const server = createServer().listen(port, '127.0.0.2')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const socket = await connectAny(['127.0.0.1', '127.0.0.2'], port, never)
  t.equal(socket.remoteAddress, '127.0.0.2')
  socket.destroy()
})

t.test('attempts end with the signal, and with their reason', async (t) => {
  const { port } = await createSlowServer(t)
  const giveUp = new AbortController()
  const connecting = connectAny(['127.0.0.1'], port, giveUp.signal)
  giveUp.abort()
  await t.rejects(connecting, { name: 'AbortError' })
  await t.rejects(connectAny(['127.0.0.1'], port, giveUp.signal), { name: 'AbortError' })
})

t.test('of all failures the most telling one is told', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  // No machine has an interface of the prefix for documentation.
  const connecting = connectAny(['2001:db8::1', '127.0.0.1'], port, never)
  await t.rejects(connecting, { code: 'ECONNREFUSED' })
})
