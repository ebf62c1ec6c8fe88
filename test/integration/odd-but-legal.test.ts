import t from 'tap'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { get } from '../corpus/vector.js'
import { openClient } from './raw-client.js'
import { startDoor } from './start-door.js'

const run = promisify(execFile)

async function curl(...flags: readonly string[]): Promise<string> {
  const { stdout } = await run('curl', ['--silent', '--show-error', '--max-time', '10', ...flags])
  return stdout
}

t.test('curl --http2 on the plain port gets its response over HTTP/1.1', async (t) => {
  const { upstream, port } = await startDoor(t)
  const url = `http://localhost:${port}`
  const format = '%{http_code} %{http_version} '
  t.equal(await curl('--http2', '-w', format, '-4', `${url}/a`), 'ok200 1.1 ')
  const body = 'x'.repeat(100_000)
  t.equal(
    await curl('--http2', '-w', format, '-4', '-d', body, `${url}/b`, `${url}/c`),
    'ok200 1.1 ok200 1.1 ',
  )
  t.strictSame(
    upstream.seen.map(({ method, path, body }) => [method, path, body.length]),
    [
      ['GET', '/a', 0],
      ['POST', '/b', 100_000],
      ['POST', '/c', 100_000],
    ],
  )
  t.notOk(upstream.seen[0]?.fields.includes('http2-settings'))
})

t.test('values and names of header fields arrive as they are', async (t) => {
  const { upstream, port } = await startDoor(t)
  const client = openClient(port)
  client.send(
    get('/a', 'X-A: caf\xe9  b', '__proto__: p', 'constructor: c', 'X-A: 2', 'Cookie: a=1'),
  )
  await client.answers(1)
  client.socket.destroy()
  const { fields } = upstream.seen[0]!
  const first = fields.indexOf('x-a')
  t.strictSame(fields.slice(first, first + 10), [
    ...['x-a', 'caf\xe9  b', '__proto__', 'p', 'constructor', 'c', 'x-a', '2', 'cookie', 'a=1'],
  ])
})
