import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { closed } from '../closed.js'
import { startUpstream } from '../integration/recording-upstream.js'
import { startDoor } from '../integration/start-door.js'
import { settingsFrame } from './frames.js'
import { request } from './raw-client.js'
import { startStage } from './start.js'

const KIB = 1024
/** In bytes. Of some the end came from upstream while the kernel's buffers cannot take the rest. */
const SIZES = Array.from({ length: 16 }, (_, i) => 2_048 * KIB + i * 384 * KIB)

t.test(
  'a client that takes nothing of a response is disconnected, whatever its size',
  async (t) => {
    const upstream = await startUpstream(t)
    upstream.answer = (stream, { path }) => {
      stream.respond({ ':status': 200 })
      stream.end(Buffer.alloc(Number(path.slice(1))))
    }
    await Promise.all(
      SIZES.map(async (size) => {
        let tellOver!: () => void
        const isOver = new Promise<void>((resolve) => {
          tellOver = resolve
        })
        const flags = ['--idle-timeout', '1s']
        const { port } = await startDoor(t, flags, upstream, (line) => {
          if (line.includes('"msg":"request"')) tellOver()
        })
        const client = connect(port, '127.0.0.1')
        t.teardown(() => client.destroy())
        client.on('error', () => undefined).pause()
        client.write(`GET /${size} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
        await isOver
      }),
    )
    t.pass('none holds its place')
  },
)

t.test('a truncated HTTP/1.0 response ends its unix socket alone', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  const socketPath = join(folder, 'proxy.sock')
  await startStage(t, {
    flags: ['--listen', `unix:${socketPath}`],
    onRequest: (stream) => {
      stream.headers(200).data('some of')
      if (stream.path === '/cut') stream.rst(2)
      else stream.data('it', { end: true })
    },
  })
  const ask = async (path: string): Promise<string> => {
    const client = connect(socketPath)
    client.write(`GET ${path} HTTP/1.0\r\nHost: localhost\r\n\r\n`)
    return text(client)
  }
  await ask('/cut')
  t.match(await ask('/whole'), /^HTTP\/1\.1 200 [^]*some ofit$/)
})

t.test('a first stream limit of 0 that is raised serves who waits', async (t) => {
  const { listening, server } = await startStage(t, {
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
