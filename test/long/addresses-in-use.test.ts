/** What cannot be listened on is found before the upstream is dialled. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { spawnCli } from '../cli/spawn-cli.js'

/** A `start` with these flags, and how often it dialled. */
async function startWith(t: Test, flags: readonly string[]) {
  const dialled: unknown[] = []
  const upstream = createServer((socket) => {
    dialled.push(socket)
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  t.teardown(() => upstream.close())
  const { port } = upstream.address() as { port: number }
  const origin = `https://127.0.0.1:${port}`
  const cli = spawnCli(t, ['start', '--upstream', origin, '--log-format', 'json', ...flags], {
    TAILER_PROXY_TOKEN: 'abc',
  })
  return { cli, dialled }
}

t.test('a port in use', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  const { cli, dialled } = await startWith(t, ['--listen', `127.0.0.1:${port}`, '--admin', 'off'])
  t.equal(await cli.ended, 4)
  t.same(dialled, [])
})

t.test(
  'a unix socket in use, a file that is none, a directory that is none: both addresses are told',
  async (t) => {
    // Short enough for a socket's path.
    const directory = mkdtempSync(join(tmpdir(), 'in-use-'))
    t.teardown(() => {
      rmSync(directory, { recursive: true })
    })
    writeFileSync(join(directory, 'file'), '')
    const socket = join(directory, 'used.sock')
    const other = createServer().listen(socket)
    await once(other, 'listening')
    t.teardown(() => other.close())
    for (const [path, reason] of [
      ['file', 'a file is there, and it is not a socket'],
      ['file/x.sock', 'its directory is not a directory'],
      ['none/x.sock', 'its directory does not exist'],
    ] as const) {
      const admin = `unix:${join(directory, path)}`
      const { cli, dialled } = await startWith(t, ['--listen', `unix:${socket}`, '--admin', admin])
      t.equal(await cli.ended, 4)
      t.match(cli.stderr(), 'used.sock: the address is in use')
      t.match(cli.stderr(), `${path}: ${reason}`)
      t.same(dialled, [])
    }
  },
)
