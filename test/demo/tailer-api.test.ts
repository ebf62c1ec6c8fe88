import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { get } from 'node:https'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { closed } from '../closed.js'
import { createTailerApi, type TailerApi } from '../../src/demo/tailer-api.js'
import { connect, startApi } from './connect.js'

const LAUNCH = { ':method': 'POST', ':path': '/v1/dag/launch' }

/** A plain TCP connection to the API. */
async function connectRaw(t: Test, { origin }: TailerApi): Promise<Socket> {
  const socket = connectTcp(Number(new URL(origin).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

async function isServing(t: Test, api: TailerApi): Promise<boolean> {
  const client = await connect(t, api)
  const { status } = await client.send({ ':path': '/' })
  return status === 200
}

t.test('it says where it is, and speaks HTTP/2 to those who trust its authority', async (t) => {
  const api = await startApi(t)
  t.match(api.origin, /^https:\/\/127\.0\.0\.1:\d+$/)
  const { session } = await connect(t, api)
  t.equal(session.alpnProtocol, 'h2')
  t.equal(session.remoteSettings.maxConcurrentStreams, 100)
})

t.test('a client that does not trust its authority gets nowhere', async (t) => {
  const api = await startApi(t)
  const session = connectHttp2(api.origin)
  const [error] = (await once(session, 'error')) as [NodeJS.ErrnoException]
  t.match(error.code, /SELF_SIGNED|UNABLE_TO_VERIFY/)
  t.ok(await isServing(t, api))
})

t.test('it is reached as localhost as well', async (t) => {
  const api = await startApi(t)
  const { port } = new URL(api.origin)
  const session = connectHttp2(`https://localhost:${port}`, {
    ca: api.caPem,
    lookup: (_name, _options, found) => {
      found(null, [{ address: '127.0.0.1', family: 4 }])
    },
  })
  t.teardown(() => {
    session.destroy()
  })
  await once(session, 'connect')
  t.ok(session.encrypted)
})

t.test('a port in use is an error of the start', async (t) => {
  const api = await startApi(t)
  const port = Number(new URL(api.origin).port)
  await t.rejects(createTailerApi({ port }), { code: 'EADDRINUSE' })
})

t.test('requests are counted', async (t) => {
  const api = await startApi(t)
  const client = await connect(t, api)
  await client.send({ ':path': '/' })
  await client.send({ ':path': '/', authorization: 'Bearer nonsense' })
  t.same(api.requests, { total: 2, unauthorized: 1 })
})

t.test('many requests at once on one connection all get their own response', async (t) => {
  const client = await connect(t, await startApi(t))
  const configuration = {
    account: '000099',
    environment: 'DEV',
    configuration_type: 'workflow',
    configuration_id: 'many',
  }
  const launch = { action: 'launch_job', ...configuration }
  const answers = await Promise.all(
    Array.from({ length: 300 }, () => client.post(LAUNCH[':path'], launch)),
  )
  const ids = answers.map(({ body }) => (body as { run_id: string }).run_id)
  t.equal(new Set(ids).size, 300)
})

t.test('garbage and half-open handshakes do it no harm', async (t) => {
  const api = await startApi(t)
  const garbage = await connectRaw(t, api)
  garbage.resume().end('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(garbage, 'close')

  const halfOpen = await connectRaw(t, api)
  // The header of a TLS record whose content never comes.
  halfOpen.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]))
  halfOpen.resetAndDestroy()
  t.ok(await isServing(t, api))
})

t.test('broken HTTP/2 inside good TLS does it no harm', async (t) => {
  const api = await startApi(t)
  const socket = connectTls({
    port: Number(new URL(api.origin).port),
    host: '127.0.0.1',
    ca: api.caPem,
    ALPNProtocols: ['h2'],
  })
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  socket.resume().write('nothing like a connection preface')
  await closed(socket)
  t.ok(await isServing(t, api))
})

t.test('HTTP/1.1 gets no further than being told so', async (t) => {
  const api = await startApi(t)
  const [answer] = (await once(get(api.origin, { ca: api.caPem }), 'response')) as [IncomingMessage]
  t.equal(answer.statusCode, 403)
  t.same(api.requests, { total: 0, unauthorized: 0 })
  t.ok(await isServing(t, api))
})

t.test('a connection lost in the middle of an upload does it no harm', async (t) => {
  const api = await startApi(t)
  const socket = connectTls({
    port: Number(new URL(api.origin).port),
    host: '127.0.0.1',
    ca: api.caPem,
    ALPNProtocols: ['h2'],
  })
  const lost = connectHttp2(api.origin, { createConnection: () => socket })
  lost.on('error', () => undefined)
  const upload = lost.request(LAUNCH)
  upload.on('error', () => undefined)
  upload.write('{"action":')
  await once(lost, 'connect')
  await new Promise((resolve) => lost.ping(resolve))
  socket.destroy()
  t.ok(await isServing(t, api))
})

t.test('close lets a request in progress end, and takes no new one', async (t) => {
  const api = await startApi(t)
  const client = await connect(t, api)
  const upload = client.open(LAUNCH)
  upload.write('{"action":')
  await new Promise((resolve) => client.session.ping(resolve))

  const goaway = once(client.session, 'goaway')
  const closed = api.close()
  t.equal(api.close(), closed, 'closing twice is closing once')
  const [code] = (await goaway) as [number]
  t.equal(code, 0)

  const answered = once(upload, 'response')
  upload.end('"launch_job"}')
  const [headers] = (await answered) as [Record<string, unknown>]
  t.equal(headers[':status'], 400)
  upload.resume()
  await closed
  await t.rejects(once(connectTcp(Number(new URL(api.origin).port), '127.0.0.1'), 'connect'))
})

t.test('close truncates what does not end in time', async (t) => {
  const api = await startApi(t)
  const client = await connect(t, api)
  client.session.on('error', () => undefined)
  const upload = client.open(LAUNCH)
  upload.on('error', () => undefined)
  upload.write('{"action":')
  const silent = await connectRaw(t, api)
  await new Promise((resolve) => client.session.ping(resolve))

  const cut = Promise.all([once(client.session, 'close'), once(silent.resume(), 'close')])
  await api.close()
  await t.resolves(cut)
})
