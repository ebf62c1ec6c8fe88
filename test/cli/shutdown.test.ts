import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { closed } from '../closed.js'
import { type Cli, spawnCli } from './spawn-cli.js'

interface Served {
  readonly cli: Cli
  readonly port: number
  readonly admin: string
}

async function serve(t: Test, more: readonly string[] = []): Promise<Served> {
  const ports = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--log-format', 'json']
  const cli = spawnCli(t, ['demo', ...ports, ...more])
  const { listen, admin } = await cli.logged('ready')
  return { cli, port: Number(new URL(String(listen)).port), admin: String(admin) }
}

const HEAD = 'POST /v1/dag/status HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n'

/** Its line of the log, if it is aborted. */
const ABORTED = { msg: 'request', path: '/v1/dag/status', status: 503, code: 'SHUTTING_DOWN' }

/** A request whose last byte is missing, so that it stays in flight. */
async function beginRequest(t: Test, { port, admin }: Served): Promise<Socket> {
  const client = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => client.destroy())
  client.write(`${HEAD}{`)
  for (;;) {
    const { requests } = (await (await fetch(`${admin}/status`)).json()) as {
      requests: { inFlight: number }
    }
    if (requests.inFlight > 0) return client
  }
}

t.test('SIGTERM lets the request in flight end, closes idle sockets, and exits 0', async (t) => {
  const served = await serve(t)
  const { cli, port, admin } = served
  const idle = connect(port, '127.0.0.1')
  idle.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(idle, 'data')
  const client = await beginRequest(t, served)

  cli.process.kill('SIGTERM')
  await closed(idle)
  const ready = await fetch(`${admin}/readyz`)
  t.equal(ready.status, 503)
  t.same(((await ready.json()) as { reasons: string[] }).reasons, ['draining'])

  client.write('}')
  const [answer] = (await once(client, 'data')) as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 [24][0-9]+ /)
  t.match(answer.toString(), /^connection: close\r$/im)
  t.equal(await cli.ended, 0)
  t.ok(cli.log().some(({ msg }) => msg === 'stopped'))
})

t.test('a second signal exits 1 and says what was truncated', async (t) => {
  const served = await serve(t)
  await beginRequest(t, served)
  served.cli.process.kill('SIGTERM')
  await served.cli.logged('shutting down')
  served.cli.process.kill('SIGINT')
  t.equal(await served.cli.ended, 1)
  t.match(served.cli.log().at(-1), { requestsAborted: 1, reason: 'second signal (SIGINT)' })
  t.match(served.cli.log().at(-2), ABORTED)
})

t.test('a drain that takes too long exits 1, and truncates what is left', async (t) => {
  const served = await serve(t, ['--drain-timeout', '100ms'])
  const client = await beginRequest(t, served)
  const cut = closed(client.resume())
  served.cli.process.kill('SIGTERM')
  await cut
  t.equal(await served.cli.ended, 1)
  t.match(served.cli.log().at(-1), { requestsAborted: 1, reason: 'drain timeout' })
  t.match(served.cli.log().at(-2), ABORTED)
})

t.test('a signal before it serves ends it with 0', async (t) => {
  // A server that accepts and says nothing holds the first connection up.
  const { createServer } = await import('node:net')
  const silent = createServer()
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const { port } = silent.address() as { port: number }
  const connected = once(silent, 'connection')
  const cli = spawnCli(t, ['start', '--upstream', `https://127.0.0.1:${port}`], {
    TAILER_PROXY_TOKEN: 'abc',
  })
  const [socket] = (await connected) as [Socket]
  t.teardown(() => socket.destroy())
  cli.process.kill('SIGTERM')
  t.equal(await cli.ended, 0)
})
