import t from 'tap'
import { get, head } from '../corpus/vector.js'
import { openClient } from './raw-client.js'
import { startDoor } from './start-door.js'

const FLAGS = [
  '--allowed-origin',
  'https://app.example',
  '--allowed-origin',
  'http://localhost:3000',
]
const APP = 'Origin: https://app.example'

async function ask(port: number, bytes: string) {
  const client = openClient(port)
  client.send(bytes)
  const [answer] = await client.answers(1)
  client.socket.destroy()
  return answer!
}

t.test('an allowed page gets its origin back, once, whatever the upstream says', async (t) => {
  const { upstream, port } = await startDoor(t, FLAGS)
  const plain = await ask(port, get('/a', APP))
  t.match(plain.headers, {
    'access-control-allow-origin': 'https://app.example',
    vary: 'Origin',
  })
  upstream.answer = (stream) => {
    stream.respond({
      ':status': 200,
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'x-sum',
      vary: 'accept-encoding',
    })
    stream.end()
  }
  const { headers } = await ask(port, get('/a', 'Origin: http://localhost:3000'))
  t.match(headers, {
    'access-control-allow-origin': 'http://localhost:3000',
    'access-control-expose-headers': 'x-sum',
    vary: 'accept-encoding\nOrigin',
  })
  upstream.answer = (stream) => {
    stream.respond({ ':status': 200, vary: 'Accept, Origin' })
    stream.end()
  }
  t.equal((await ask(port, get('/a', APP))).headers['vary'], 'Accept, Origin')
})

t.test('a local page is not named to the upstream, another one is', async (t) => {
  const { upstream, port } = await startDoor(t, FLAGS)
  await ask(port, get('/a', 'Origin: http://localhost:3000', 'Referer: http://localhost:3000/p'))
  await ask(port, get('/b', APP))
  const [local, other] = upstream.seen
  t.notOk(local?.fields.includes('origin'))
  t.notOk(local?.fields.includes('referer'))
  t.ok(other?.fields.includes('https://app.example'))
})

t.test('a preflight gets its response without the upstream', async (t) => {
  const lines: string[] = []
  const { upstream, port } = await startDoor(t, FLAGS, undefined, (line) => lines.push(line))
  const answer = await ask(
    port,
    head(
      'OPTIONS /a HTTP/1.1',
      'Host: localhost',
      APP,
      'Access-Control-Request-Method: PUT',
      'Access-Control-Request-Headers: x-key, content-type',
      'Access-Control-Request-Private-Network: true',
    ),
  )
  t.match(answer, {
    status: 204,
    headers: {
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-key, content-type',
      'access-control-allow-private-network': 'true',
      'access-control-max-age': '600',
      vary: 'Origin',
    },
  })
  const plain = await ask(
    port,
    head('OPTIONS /a HTTP/1.1', 'Host: localhost', APP, 'Access-Control-Request-Method: PUT'),
  )
  t.equal(plain.headers['access-control-allow-headers'], undefined, 'none was asked for')
  t.equal(plain.headers['access-control-allow-private-network'], undefined)
  t.strictSame(upstream.seen, [])
  t.match(lines.at(-1), /"method":"OPTIONS".*"status":204.*"source":"proxy"/, 'one line in the log')
})

t.test('no other page gets a CORS field', async (t) => {
  const { port } = await startDoor(t, FLAGS)
  for (const origin of ['null', 'https://evil.example', 'https://app.example:444']) {
    const fields = [`Origin: ${origin}`, 'Access-Control-Request-Method: PUT']
    const refused = await ask(port, get('/a', ...fields))
    const preflight = await ask(port, head('OPTIONS /a HTTP/1.1', 'Host: localhost', ...fields))
    for (const { status, headers } of [refused, preflight]) {
      t.equal(status, 403)
      t.notOk(Object.keys(headers).find((name) => name.startsWith('access-control-')))
    }
  }
  t.notOk((await ask(port, get('/a'))).headers['access-control-allow-origin'])
})

t.test('an allowed page may read why it was refused', async (t) => {
  const { port } = await startDoor(t, [...FLAGS, '--read-only'])
  const answer = await ask(port, head('DELETE /a HTTP/1.1', 'Host: localhost', APP))
  t.match(answer, {
    code: 'NOT_ALLOWED',
    headers: { 'access-control-allow-origin': 'https://app.example' },
  })
})
