import t, { type Test } from 'tap'
import { once } from 'node:events'
import { existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { FatalError } from '../../src/errors.js'
import { get } from '../corpus/vector.js'
import { failureOf } from '../settings/load.js'
import { leaveSocket } from './leave-socket.js'
import { openClient } from './raw-client.js'
import { startUpstream } from './recording-upstream.js'
import { startDoor } from './start-door.js'

/** Gathers every mode that the path has, in a thread that does nothing else. */
const LOOK_ALL_THE_TIME = `
const { lstatSync } = require('node:fs')
const { parentPort, workerData, receiveMessageOnPort } = require('node:worker_threads')
const seen = new Set()
parentPort.postMessage('ready')
for (let isLast = false; !isLast;) {
  isLast = receiveMessageOnPort(parentPort) !== undefined
  const found = lstatSync(workerData, { throwIfNoEntry: false })
  if (found !== undefined) seen.add(found.mode & 0o777)
}
parentPort.postMessage([...seen])
`

const directory = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
t.teardown(() => {
  rmSync(directory, { recursive: true })
})
const upstream = await startUpstream(t)

async function refusal(t: Test, listen: string): Promise<FatalError> {
  const error: unknown = await startDoor(t, ['--listen', listen], upstream).catch(
    (error: unknown) => error,
  )
  if (!(error instanceof FatalError)) throw new Error(`${listen} was listened on`)
  t.equal(error.exitCode, 4)
  t.equal(error.where, '--listen')
  return error
}

t.test('a unix socket is its owner’s alone', async (t) => {
  const path = join(directory, 'own.sock')
  const { listening } = await startDoor(t, ['--listen', `unix:${path}`], upstream)
  t.equal(listening, `unix:${path}`)
  t.equal(lstatSync(path).mode & 0o777, 0o600)
  const client = openClient({ path })
  client.send(get('/a', 'Connection: close'))
  t.match(await client.closed(), [{ status: 200 }])
})

t.test('on a unix socket any one Host passes: no web page reaches it', async (t) => {
  const path = join(directory, 'hosts.sock')
  await startDoor(t, ['--listen', `unix:${path}`], upstream)
  const ask = async (...hosts: string[]) => {
    const client = openClient({ path })
    const fields = hosts.map((host) => `Host: ${host}\r\n`).join('')
    client.send(`GET /a HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`)
    return (await client.closed())[0]
  }
  for (const host of ['anything.example', 'a:1', '/run/proxy.sock', '']) {
    t.match(await ask(host), { status: 200 }, host)
  }
  t.match(await ask(), { status: 400 })
  t.match(await ask('a', 'a'), { status: 400 })
})

t.test('a unix socket has the mode of --socket-mode, and never a wider one', async (t) => {
  for (const [text, umask] of [
    ['0660', 0o000],
    ['666', 0o777],
    ['0600', 0o000],
    ['0620', 0o022],
    ['0060', 0o000],
    ['0400', 0o000],
  ] as const) {
    const mode = parseInt(text, 8)
    const path = join(directory, `mode-${text}.sock`)
    const before = process.umask(umask)
    const watcher = new Worker(LOOK_ALL_THE_TIME, { eval: true, workerData: path })
    await once(watcher, 'message')
    try {
      await startDoor(t, ['--listen', `unix:${path}`, '--socket-mode', text], upstream)
    } finally {
      t.equal(process.umask(before), umask, 'the umask is as it was')
    }
    t.equal(lstatSync(path).mode & 0o777, mode, text)
    watcher.postMessage('stop')
    const [looked] = (await once(watcher, 'message')) as [number[]]
    for (const one of looked) t.equal(one & ~mode, 0, `0${one.toString(8)} of ${text}`)
    t.ok(looked.includes(mode), 'the watcher saw it')
    await watcher.terminate()
  }
})

t.test('the socket of a process that is gone is replaced', async (t) => {
  const path = join(directory, 'stale.sock')
  leaveSocket(path)
  t.ok(lstatSync(path).isSocket(), 'left behind')
  await startDoor(t, ['--listen', `unix:${path}`], upstream)
  const client = openClient({ path })
  client.send(get('/a', 'Connection: close'))
  t.match(await client.closed(), [{ status: 200 }])
})

t.test('the socket of a process that lives is left alone', async (t) => {
  const path = join(directory, 'live.sock')
  const other = createServer().listen(path)
  t.teardown(() => other.close())
  await once(other, 'listening')
  t.match((await refusal(t, `unix:${path}`)).message, /the address is in use/)
  t.ok(lstatSync(path).isSocket())
})

t.test('a file that is not a socket is left alone', async (t) => {
  const path = join(directory, 'file')
  writeFileSync(path, 'precious')
  t.match((await refusal(t, `unix:${path}`)).message, /is not a socket/)
  t.ok(existsSync(path))
})

t.test('what cannot be listened on says why', async (t) => {
  const { port } = await startDoor(t, [], upstream)
  t.match(await refusal(t, `127.0.0.1:${port}`), {
    message: `127.0.0.1:${port}: the address is in use`,
    hint: 'give another address with --listen, or stop what uses this one',
  })
  t.match(await refusal(t, `unix:${directory}/none/a.sock`), {
    message: /does not exist/,
    hint: 'give another address with --listen, or create the directory',
  })
  t.match((await refusal(t, `unix:/proc/a.sock`)).message, /cannot listen on \/proc\/a.sock: [a-z]/)
  const elsewhere = ['--listen', '192.0.2.1:8080', '--unsafe-listen']
  const error: unknown = await startDoor(t, elsewhere, upstream).catch((error: unknown) => error)
  t.match(error, {
    exitCode: 4,
    message: /192.0.2.1:8080: this machine has no such address/,
    hint: /^give another address with --listen: 127.0.0.1 is always there/,
  })
})

t.test('IPv6 is served, and its address an allowed Host', async (t) => {
  const { listening, port } = await startDoor(t, ['--listen', '[::1]:0'], upstream)
  t.equal(listening, `http://[::1]:${port}`)
  const client = openClient({ host: '::1', port })
  client.send(`GET /a HTTP/1.1\r\nHost: [::1]:${port}\r\nConnection: close\r\n\r\n`)
  t.match(await client.closed(), [{ status: 200 }])
})

t.test('other machines are let in only on purpose, and with a warning', async (t) => {
  t.match(failureOf(['--listen', '0.0.0.0:0']), { exitCode: 2, line: /--listen is not loopback/ })
  const lines: string[] = []
  const { listening } = await startDoor(
    t,
    ['--listen', '0.0.0.0:0', '--unsafe-listen'],
    upstream,
    (line) => {
      lines.push(line)
    },
  )
  const warning = lines.map((line) => JSON.parse(line) as object).find((line) => 'msg' in line)
  t.match(warning, {
    level: 40,
    listen: listening,
    identity: 'static',
    msg: 'anyone who can reach this address calls the upstream with this identity',
  })
})
