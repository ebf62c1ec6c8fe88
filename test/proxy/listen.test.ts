import { once } from 'node:events'
import { existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { FatalError } from '../../src/errors.js'
import { listen, listenError } from '../../src/proxy/listen.js'
import type { Address } from '../../src/settings/values/parse-address.js'
import { leaveSocket } from '../integration/leave-socket.js'

/** A server on a unix socket that accepts nobody: its thread stands still. */
const ACCEPT_NOBODY = `
const { createServer } = require('node:net')
const { parentPort, workerData: { path, isOver } } = require('node:worker_threads')
createServer().listen({ path, backlog: 1 }, () => {
  parentPort.postMessage('listening')
  Atomics.wait(isOver, 0, 0)
})
`

const directory = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
t.teardown(() => {
  rmSync(directory, { recursive: true })
})

/** A server that has no port yet. */
function create(t: Test): FastifyInstance {
  const server = fastify()
  t.teardown(() => server.close())
  return server
}

async function refusal(t: Test, address: Address, flag = '--listen'): Promise<FatalError> {
  const error: unknown = await listen(create(t), address, flag, 0o600).catch(
    (error: unknown) => error,
  )
  if (!(error instanceof FatalError)) throw new Error('it was listened on')
  t.match(error, { exitCode: 4, where: flag })
  return error
}

t.test('the address that a listener got is told as a URL', async (t) => {
  for (const [host, told] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
  ] as const) {
    const server = create(t)
    const url = await listen(server, { kind: 'tcp', host, port: 0 }, '--listen', 0o600)
    const { port } = server.server.address() as AddressInfo
    t.equal(url, `http://${told}:${port}`)
  }
})

t.test('localhost is one address, the one of IPv4', async (t) => {
  const server = create(t)
  const url = await listen(server, { kind: 'tcp', host: 'localhost', port: 0 }, '--listen', 0o600)
  t.match(url, /^http:\/\/127\.0\.0\.1:[0-9]+$/)
  t.equal(server.addresses().length, 1)
})

t.test('a unix socket is made with no more rights than its mode, and then has all', async (t) => {
  for (const [mode, umask] of [
    [0o600, 0o000],
    [0o660, 0o000],
    [0o666, 0o777],
    [0o620, 0o022],
    [0o060, 0o000],
    [0o400, 0o000],
  ] as const) {
    const path = join(directory, `${mode.toString(8)}.sock`)
    const server = create(t)
    let madeWith = 0o777
    server.server.once('listening', () => (madeWith = lstatSync(path).mode & 0o777))
    const before = process.umask(umask)
    try {
      t.equal(await listen(server, { kind: 'unix', path }, '--listen', mode), `unix:${path}`)
    } finally {
      t.equal(process.umask(before), umask, 'the umask is as it was')
    }
    t.equal(madeWith & ~mode, 0, `made with 0${madeWith.toString(8)}`)
    t.equal(madeWith & 0o077, 0, 'for its owner alone')
    t.equal(lstatSync(path).mode & 0o777, mode)
  }
})

t.test('the umask is as it was where no socket could be made', async (t) => {
  const before = process.umask(0o027)
  await refusal(t, { kind: 'unix', path: join(directory, 'x'.repeat(200)) })
  t.equal(process.umask(before), 0o027)
})

t.test('the socket of a process that is gone is replaced', async (t) => {
  const path = join(directory, 'stale.sock')
  leaveSocket(path)
  await listen(create(t), { kind: 'unix', path }, '--listen', 0o600)
  const client = connect({ path })
  t.teardown(() => client.destroy())
  await once(client, 'connect')
})

t.test('whoever listens already keeps the socket, and is only asked', async (t) => {
  const path = join(directory, 'live.sock')
  const other = createServer().listen(path)
  t.teardown(() => other.close())
  await once(other, 'listening')
  const asked = once(other, 'connection') as Promise<[Socket]>
  t.match(await refusal(t, { kind: 'unix', path }), {
    message: `cannot listen on ${path}: the address is in use`,
    hint: 'give another address with --listen, or stop what uses this one',
  })
  t.ok(lstatSync(path).isSocket())
  const [socket] = await asked
  socket.resume()
  await once(socket, 'close')
})

t.test('so does one that accepts nobody at the moment', async (t) => {
  const path = join(directory, 'busy.sock')
  const isOver = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(ACCEPT_NOBODY, { eval: true, workerData: { path, isOver } })
  const waiting: Socket[] = []
  t.teardown(async () => {
    for (const socket of waiting) socket.destroy()
    Atomics.store(isOver, 0, 1)
    Atomics.notify(isOver, 0)
    await worker.terminate()
  })
  await once(worker, 'message')
  const isTaken = (): Promise<boolean> => {
    const socket = connect({ path })
    waiting.push(socket)
    return new Promise((resolve) => {
      socket.once('connect', () => {
        resolve(true)
      })
      socket.once('error', () => {
        resolve(false)
      })
    })
  }
  while (await isTaken());
  t.match(await refusal(t, { kind: 'unix', path }), { message: /: the address is in use$/ })
  t.ok(existsSync(path))
})

t.test('a file that is no socket is left alone, and said to be in the way', async (t) => {
  const path = join(directory, 'file')
  writeFileSync(path, 'precious')
  t.match(await refusal(t, { kind: 'unix', path }), {
    message: `cannot listen on ${path}: a file is there, and it is not a socket`,
    hint: 'give another path with --listen, or remove the file',
  })
  t.ok(existsSync(path))
  t.match(await refusal(t, { kind: 'unix', path: `${path}/a.sock` }, '--admin'), {
    message: `cannot listen on ${path}/a.sock: its directory is not a directory`,
    hint: 'give another address with --admin (or off)',
  })
  t.match(await refusal(t, { kind: 'unix', path: join(directory, 'none', 'a.sock') }), {
    message: /: its directory does not exist$/,
    hint: 'give another address with --listen, or create the directory',
  })
})

t.test('why an address cannot be had is in words, with what to do', (t) => {
  const tell = (code: string) =>
    listenError({ code }, { kind: 'tcp', host: 'a.test', port: 80 }, '--listen')
  const rights = /^give another address with --listen, or let this user listen there$/
  for (const [code, reason, hint] of [
    ['EADDRINUSE', 'the address is in use', /, or stop what uses this one$/],
    ['EACCES', 'permission denied', rights],
    ['EPERM', 'permission denied', rights],
    ['EADDRNOTAVAIL', 'this machine has no such address', /: 127\.0\.0\.1 is always there; .+$/],
    ['EAFNOSUPPORT', 'this machine does not have that kind of address', /127\.0\.0\.1 instead/],
    ['ENOTFOUND', 'no such host', /, or check the spelling of the name$/],
    ['EMFILE', 'too many open files (EMFILE)', /^give another address with --listen$/],
  ] as const) {
    const { message, hint: told, exitCode, where, cause } = tell(code)
    t.equal(message, `cannot listen on a.test:80: ${reason}`)
    t.match(told, hint, code)
    t.match({ exitCode, where, cause }, { exitCode: 4, where: '--listen', cause: { code } })
  }
  const strange = listenError(new Error('?'), { kind: 'unix', path: '/a.sock' }, '--listen')
  t.equal(strange.message, 'cannot listen on /a.sock: unknown')
  t.end()
})
