import type { SecureContext } from 'node:tls'
import t, { type Test } from 'tap'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { createTailerApi } from '../../src/demo/tailer-api.js'
import { createDial, createTrust } from '../../src/upstream/dial.js'
import { UpstreamError } from '../../src/upstream/exchange.js'
import { createConnectProxy } from './connect-proxy.js'

async function createApi(t: Test) {
  const api = await createTailerApi()
  t.teardown(() => api.close())
  return api
}

t.test(
  'an http proxy is asked for the upstream, with user and password, and TLS runs inside',
  async (t) => {
    const api = await createApi(t)
    const proxy = await createConnectProxy(t)
    const dial = createDial({
      origin: api.origin,
      timeoutMs: 5_000,
      trust: () => createTrust([api.caPem]),
      proxy: `http://us%40er:p%3Ass@127.0.0.1:${proxy.port}`,
    })
    const socket = await dial()
    t.equal(socket.alpnProtocol, 'h2')
    t.equal(socket.authorized, true)
    socket.destroy()
    t.same(proxy.asked, [
      {
        authority: new URL(api.origin).host,
        authorization: `Basic ${Buffer.from('us@er:p:ss').toString('base64')}`,
      },
    ])
  },
)

t.test('a proxy is told no credentials that its URL does not have', async (t) => {
  const api = await createApi(t)
  const proxy = await createConnectProxy(t)
  const trust = (): SecureContext => createTrust([api.caPem])
  const url = `http://127.0.0.1:${proxy.port}`
  const socket = await createDial({ origin: api.origin, timeoutMs: 5_000, trust, proxy: url })()
  socket.destroy()
  t.equal(proxy.asked[0]?.authorization, undefined)
})

t.test('an https proxy must prove who it is, and carries TLS in TLS', async (t) => {
  const api = await createApi(t)
  const authority = await createCertificateAuthority()
  const { certificatePem, keyPem } = await authority.issue({ names: ['127.0.0.1'] })
  const proxy = await createConnectProxy(t, { tls: { cert: certificatePem, key: keyPem } })
  const dialWith = (extraCas: string[]) =>
    createDial({
      origin: api.origin,
      timeoutMs: 5_000,
      trust: () => createTrust(extraCas),
      proxy: `https://127.0.0.1:${proxy.port}`,
    })
  const socket = await dialWith([api.caPem, authority.certificatePem])()
  t.equal(socket.alpnProtocol, 'h2')
  socket.destroy()
  await t.rejects(dialWith([api.caPem])(), {
    code: 'UPSTREAM_UNREACHABLE',
    reason: /^proxy .*CERT|^proxy UNABLE/,
  })
  t.equal(proxy.asked.length, 1, 'credentials are sent to a proven proxy only')
})

for (const status of [407, 403, 502]) {
  t.test(
    `a proxy that answers ${status} makes the upstream unreachable, and no secret shows`,
    async (t) => {
      const api = await createApi(t)
      const proxy = await createConnectProxy(t, { refuseWith: status })
      const dial = createDial({
        origin: api.origin,
        timeoutMs: 5_000,
        trust: () => createTrust([api.caPem]),
        proxy: `http://user:hunter2@127.0.0.1:${proxy.port}`,
      })
      const error = await dial().catch((thrown: unknown) => thrown)
      t.ok(error instanceof UpstreamError)
      t.match(error, { code: 'UPSTREAM_UNREACHABLE', reason: `proxy returned ${status}` })
      t.notMatch(JSON.stringify(error), /hunter2|secret/)
    },
  )
}

t.test('a proxy that is not there, or never responds, fails in time', async (t) => {
  const dead = createDial({
    origin: 'https://api.example',
    timeoutMs: 5_000,
    trust: () => createTrust([]),
    proxy: 'http://127.0.0.1:1',
  })
  await t.rejects(dead(), {
    code: 'UPSTREAM_UNREACHABLE',
    reason: 'proxy ECONNREFUSED',
    cause: { code: 'ECONNREFUSED' },
  })

  const { createServer } = await import('node:net')
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  t.teardown(() => silent.close())
  const { port } = silent.address() as { port: number }
  const slow = createDial({
    origin: 'https://api.example',
    timeoutMs: 50,
    trust: () => createTrust([]),
    proxy: `http://127.0.0.1:${port}`,
  })
  await t.rejects(slow(), { code: 'UPSTREAM_TIMEOUT', reason: 'proxy' })
})
