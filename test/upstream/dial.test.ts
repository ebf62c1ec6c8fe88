import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import t, { type Test } from 'tap'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { createDial, createTrust } from '../../src/upstream/dial.js'
import { UpstreamError } from '../../src/upstream/exchange.js'
import { createConnectProxy } from './connect-proxy.js'

const authority = await createCertificateAuthority()
const trust = () => createTrust([authority.certificatePem])

async function listen(
  t: Test,
  server: ReturnType<typeof createTcpServer>,
): Promise<{ port: number; origin: string }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { port, origin: `https://127.0.0.1:${port}` }
}

/** A TLS server for this name. */
async function createApi(t: Test, name: string, options: TlsOptions = { ALPNProtocols: ['h2'] }) {
  const { certificatePem: cert, keyPem: key } = await authority.issue({ names: [name] })
  const server = createServer({ cert, key, ...options })
  server.on('tlsClientError', () => undefined)
  /** The name that the first connection asks for. */
  const asked = new Promise((resolve) => {
    server.on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', () => undefined).resume()
      resolve(socket.servername)
    })
  })
  const left = once(server, 'connection').then(([socket]) => once(socket as Socket, 'close'))
  return { asked, left, ...(await listen(t, server)) }
}

/** A server that does so with each connection, once it begins to speak; what comes is not read on. */
async function createOther(t: Test, onHello: (socket: Socket) => void) {
  const gone: Promise<unknown>[] = []
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    gone.push(new Promise((resolve) => socket.once('close', resolve)))
    socket.once('data', () => {
      onHello(socket)
    })
  })
  return { gone, ...(await listen(t, server)) }
}

t.test('an address is asked for no name, a name for its own, without a final dot', async (t) => {
  for (const [host, name] of [
    ['api.test', 'api.test'],
    ['api.test.', 'api.test'],
    ['[::1]', '::1'],
    ['127.0.0.1', '127.0.0.1'],
  ] as const) {
    const api = await createApi(t, name)
    const proxy = await createConnectProxy(t, { leadsTo: api.port })
    const url = `http://127.0.0.1:${proxy.port}`
    const dial = createDial({ origin: `https://${host}`, timeoutMs: 10_000, trust, proxy: url })
    const socket = await dial()
    t.equal(socket.authorized, true, host)
    t.equal(proxy.asked[0]!.authority, `${host}:443`, 'https is port 443')
    t.equal(await api.asked, name === 'api.test' ? name : false)
    socket.destroy()
  }
})

t.test('who is trusted is asked for each connection', async (t) => {
  const { origin } = await createApi(t, '127.0.0.1')
  const cas: string[][] = [[], [authority.certificatePem]]
  const dial = createDial({ origin, timeoutMs: 10_000, trust: () => createTrust(cas.shift()!) })
  const error = await dial().catch((thrown: unknown) => thrown as UpstreamError)
  t.ok(error instanceof UpstreamError)
  t.match(error, { code: 'UPSTREAM_TLS', reason: /UNABLE_TO|SELF_SIGNED/, cause: Error })
  ;(await dial()).destroy()
})

t.test('a server that chooses no protocol is told as TLS without h2, and is left', async (t) => {
  const { origin, left } = await createApi(t, '127.0.0.1', {})
  const error = { code: 'UPSTREAM_TLS', reason: 'no h2' }
  await t.rejects(createDial({ origin, timeoutMs: 10_000, trust })(), error)
  await left
})

t.test('what fails on the network is unreachable, what the handshake finds is TLS', async (t) => {
  const cases: [string, (socket: Socket) => void, RegExp, RegExp][] = [
    ['a reset', (socket) => socket.resetAndDestroy(), /^UPSTREAM_UNREACHABLE$/, /^ECONNRESET$/],
    ['an end', (socket) => socket.end(), /^UPSTREAM_UNREACHABLE$/, /^ECONNRESET$/],
    [
      'another protocol',
      (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      /^UPSTREAM_TLS$/,
      /^ERR_SSL_/,
    ],
    [
      'an alert',
      (socket) => socket.end(Buffer.from('15030300020228', 'hex')),
      /^UPSTREAM_TLS$/,
      /^ERR_SSL_.*HANDSHAKE_FAILURE$/,
    ],
  ]
  for (const [name, onHello, code, reason] of cases) {
    const { origin, gone } = await createOther(t, onHello)
    const dial = createDial({ origin, timeoutMs: 10_000, trust })
    await t.rejects(dial(), { name: 'UpstreamError', code, reason, cause: Error }, name)
    await gone[0]
  }
})

t.test('a port that nobody listens on is unreachable, and says why', async (t) => {
  const server = createTcpServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const dial = createDial({ origin: `https://127.0.0.1:${port}`, timeoutMs: 10_000, trust })
  await t.rejects(dial(), {
    code: 'UPSTREAM_UNREACHABLE',
    reason: 'ECONNREFUSED',
    message: 'UPSTREAM_UNREACHABLE: ECONNREFUSED',
    cause: { code: 'ECONNREFUSED' },
  })
})

t.test('what takes too long says what it waited for, and is given up', async (t) => {
  const { origin, port, gone } = await createOther(t, () => undefined)
  await t.rejects(createDial({ origin, timeoutMs: 200, trust })(), {
    code: 'UPSTREAM_TIMEOUT',
    reason: 'tls',
  })
  await gone[0]
  // The time is over before the event loop asks the network for anything.
  const slowTrust = () => {
    for (const began = performance.now(); performance.now() - began < 5;);
    return trust()
  }
  for (const [host, reason] of [
    ['127.0.0.1', 'connect'],
    ['localhost', 'dns'],
  ]) {
    const slow = createDial({ origin: `https://${host}:${port}`, timeoutMs: 1, trust: slowTrust })
    await new Promise(setImmediate)
    await t.rejects(slow(), { code: 'UPSTREAM_TIMEOUT', reason })
  }
})
