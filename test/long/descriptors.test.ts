import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { closed } from '../closed.js'
import { openClient } from '../integration/raw-client.js'
import { spawnCli } from '../cli/spawn-cli.js'

const FLAGS = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--log-format', 'json']

t.test('connections without end leave file descriptors for all else', async (t) => {
  const limited = (command: readonly string[]) => [
    ...['sh', '-c', 'ulimit -n 80 && exec "$@"', 'sh'],
    ...command,
  ]
  const cli = spawnCli(t, ['demo', ...FLAGS], {}, { around: limited })
  const { listen, admin } = await cli.logged('ready')
  const port = Number(new URL(String(listen)).port)
  const sockets = Array.from({ length: 200 }, () =>
    connect(port, '127.0.0.1').on('error', () => undefined),
  )
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  const { hint, connections } = await cli.logged('too many connections: new ones get 503')
  t.match(hint, /ulimit -n/)
  t.equal((await fetch(`${String(admin)}/livez`)).status, 200)
  t.equal((await fetch(`${String(admin)}/readyz`)).status, 200)

  // Seven more are open, which have said nothing: there is a place for who asks.
  await allButSomeClosed(sockets, Number(connections) + 7)
  const surplus = openClient(port)
  surplus.send('POST /v1/x HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\nab')
  const [refusal] = await surplus.closed()
  t.match(refusal, { status: 503, code: 'OVERLOADED', headers: { 'retry-after': '1' } })
  t.match(refusal?.body, 'Too many connections')
  await cli.until('stderr', /"path":"\/v1\/x","status":503.*"code":"OVERLOADED"/)

  for (const socket of sockets) socket.destroy()
  await cli.logged('new connections are accepted again')
  const client = connect(port, '127.0.0.1')
  client.write('GET /v1/x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  const [answer] = (await once(client, 'data')) as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 /)
  await closed(client)
  const told = cli.log().filter(({ msg }) => String(msg).startsWith('too many'))
  t.equal(told.length, 1, 'once a change of state')
})

/** Resolves when no more than so many are open. */
function allButSomeClosed(sockets: readonly Socket[], some: number): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (sockets.filter((socket) => !socket.closed).length <= some) resolve()
    }
    for (const socket of sockets) socket.on('close', look)
    look()
  })
}
