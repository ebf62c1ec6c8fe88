import t, { type Test } from 'tap'
import { CORPUS } from '../corpus/corpus.js'
import type { Vector } from '../corpus/vector.js'
import { type Door, startDoor } from './start-door.js'
import { openClient } from './raw-client.js'

const LAST = 'GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
/** What a client may not send to the upstream through the proxy. */
const FORBIDDEN =
  /^(?:forwarded|x-forwarded-.*|x-real-ip|proxy-.*|expect|connection|keep-alive|transfer-encoding|upgrade|host|x-serverless-authorization)$/

t.test('the corpus has 150 vectors or more, each with a name of its own', (t) => {
  const names = CORPUS.flatMap(({ title, rows }) => rows.map(([name]) => `${title}: ${name}`))
  t.ok(names.length >= 150, `${names.length} vectors`)
  t.equal(new Set(names).size, names.length)
  t.end()
})

for (const { title, flags, rows } of CORPUS) {
  t.test(title, async (t) => {
    const door = await startDoor(t, flags)
    for (const row of rows) await check(t, door, row)
  })
}

async function check(t: Test, { upstream, port }: Door, row: Vector): Promise<void> {
  const [name, bytes, expected, mayBeSeen = []] = row
  upstream.seen.length = 0
  const parts = [bytes].flat()
  const client = openClient(
    port,
    parts.map((part) => part.slice(0, part.indexOf(' '))),
  )
  for (const part of parts) client.send(part)
  client.send(LAST)
  const answers = await client.closed()
  const seen = upstream.seen.map(({ method, path, body }) => `${method} ${path} ${body}`.trimEnd())
  const last = expected.includes('last') ? ['GET /last'] : []
  t.strictSame(
    answers.map(({ status, code }) => (code === undefined ? `${status}` : `${status} ${code}`)),
    expected.map((answer) => (answer === 'last' ? '200' : answer)),
    `${name}: answers`,
  )
  // Pipelined requests go up side by side.
  t.strictSame(seen.sort(), [...mayBeSeen, ...last].sort(), `${name}: what the upstream sees`)
  const names = upstream.seen.flatMap(({ fields }) => fields.filter((_, i) => i % 2 === 0))
  t.notOk(
    names.find((field) => FORBIDDEN.test(field)),
    `${name}: no forbidden field`,
  )
}
