import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { spawnCli } from './spawn-cli.js'

const PORTS = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--log-format', 'json']

function adminOf({ admin }: Record<string, unknown>): string {
  return String(admin).slice('http://'.length)
}

t.test('a ready proxy is healthy and need not be waited for', async (t) => {
  const demo = spawnCli(t, ['demo', ...PORTS])
  const admin = adminOf(await demo.logged('ready'))
  t.equal(await spawnCli(t, ['healthcheck', '--admin', admin]).ended, 0)
  const waited = spawnCli(t, ['wait', '--admin', admin])
  t.equal(await waited.ended, 0)
  t.equal(waited.stdout() + waited.stderr(), '')
})

t.test('a proxy that is not there is 5, with where it was looked for', async (t) => {
  const check = spawnCli(t, ['healthcheck', '--admin', '127.0.0.1:1'])
  t.equal(await check.ended, 5)
  t.equal(
    check.stderr(),
    'tailer-proxy: no proxy responds: connection refused (ECONNREFUSED) (127.0.0.1:1)\n',
  )
  const wait = spawnCli(t, ['wait', '--admin', '127.0.0.1:1', '--timeout', '300ms'])
  t.equal(await wait.ended, 5)
  t.match(wait.stderr(), /^tailer-proxy: not ready in time: no proxy responds.*\nhint: /)
})

t.test('with --pid, waiting is for that process and no other', async (t) => {
  const demo = spawnCli(t, ['demo', ...PORTS])
  const admin = adminOf(await demo.logged('ready'))
  const pid = String(demo.process.pid)
  const own = spawnCli(t, ['wait', '--admin', admin, '--pid', pid])
  t.equal(await own.ended, 0, own.stderr())

  // Another proxy that wanted the same address, and died of it.
  const other = spawnCli(t, ['demo', ...PORTS.slice(0, 2), '--admin', admin])
  const waited = spawnCli(t, ['wait', '--admin', admin, '--pid', String(other.process.pid)])
  t.equal(await other.ended, 4)
  t.equal(await waited.ended, 5)
  t.match(waited.stderr(), /^tailer-proxy: process \d+ is not running \(127\.0\.0\.1:\d+\)\nhint: /)

  const us = ['--pid', String(process.pid)]
  const ancestor = spawnCli(t, ['wait', '--admin', admin, ...us])
  t.equal(await ancestor.ended, 0, 'one that the process started is its own')
  const sleep = spawn('sleep', ['60'])
  t.teardown(() => sleep.kill())
  const stranger = ['--pid', String(sleep.pid), '--timeout', '3s']
  const another = spawnCli(t, ['wait', '--admin', admin, ...stranger])
  t.equal(await another.ended, 5)
  t.match(another.stderr(), `another proxy is there, process ${pid}`)
})

t.test(
  'with --pid, waiting ends when the process does, though nobody has collected it',
  async (t) => {
    // The shell becomes sleep, which never asks for its child.
    const script = '(exit 3) & echo $!; exec sleep 60'
    const parent = spawn('sh', ['-c', script])
    t.teardown(() => parent.kill())
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const wait = spawnCli(t, ['wait', '--admin', '127.0.0.1:1', '--pid', String(line).trim()])
    t.equal(await wait.ended, 5)
    t.match(wait.stderr(), 'is not running')
  },
)

t.test('reasons are told, and waiting ends when they are gone', async (t) => {
  let ready = false
  const admin = createServer((_request, response) => {
    response.statusCode = ready ? 200 : 503
    response.end(JSON.stringify({ reasons: ready ? [] : ['no usable token'] }))
  })
  admin.listen(0, '127.0.0.1')
  await once(admin, 'listening')
  t.teardown(() => admin.close())
  const address = `127.0.0.1:${(admin.address() as AddressInfo).port}`

  const check = spawnCli(t, ['healthcheck', '--admin', address])
  t.equal(await check.ended, 5)
  t.match(check.stderr(), /^tailer-proxy: not ready: no usable token /)

  const wait = spawnCli(t, ['wait', '--admin', address])
  await once(admin, 'request')
  ready = true
  t.equal(await wait.ended, 0)
})

t.test('what was heard is told, though the last question had no response', async (t) => {
  let asked = 0
  const admin = createServer((_request, response) => {
    if (++asked > 1) return
    response.statusCode = 503
    response.end(JSON.stringify({ reasons: ['no usable token'] }))
  })
  admin.listen(0, '127.0.0.1')
  await once(admin, 'listening')
  t.teardown(() => {
    admin.closeAllConnections()
    admin.close()
  })
  const address = `127.0.0.1:${(admin.address() as AddressInfo).port}`
  const wait = spawnCli(t, ['wait', '--admin', address, '--timeout', '2s'])
  t.equal(await wait.ended, 5)
  t.match(wait.stderr(), 'not ready in time: not ready: no usable token, then no response in time')
})

t.test('an address that nobody can know is a mistake in the settings', async (t) => {
  const off = spawnCli(t, ['healthcheck', '--admin', 'off'])
  const anyPort = spawnCli(t, ['wait', '--admin', '127.0.0.1:0'])
  t.equal(await off.ended, 2)
  t.match(off.stderr(), /admin listener is off.*\(--admin\)\nhint: /)
  t.equal(await anyPort.ended, 2)
  t.match(anyPort.stderr(), /port 0 means any free port/)
})
