import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer, type TlsOptions } from 'node:tls'
import t, { type Test } from 'tap'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { startTestProxy } from './start-test-proxy.js'

const DAY_MS = 86_400_000
const trusted = await createCertificateAuthority()
const stranger = await createCertificateAuthority()

/** A TLS server that counts the bytes it gets once the handshake stands. */
async function listen(t: Test, options: TlsOptions) {
  const seen = { bytes: 0 }
  const server = createServer(options, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => (seen.bytes += chunk.length))
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return { seen, port: (server.address() as AddressInfo).port }
}

async function proxyTo(t: Test, upstream: string) {
  const ca = join(t.testdir(), 'ca.pem')
  writeFileSync(ca, trusted.certificatePem)
  const proxy = await startTestProxy([`--upstream=${upstream}`, `--ca-file=${ca}`], {
    TAILER_PROXY_TOKEN: 'a-token',
  })
  t.teardown(() => proxy.drain())
  return proxy.listening
}

const UNTRUSTED: Record<string, () => Promise<TlsOptions>> = {
  'a certificate of an unknown authority': async () => {
    const { certificatePem: cert, keyPem: key } = await stranger.issue({ names: ['127.0.0.1'] })
    return { cert, key, ALPNProtocols: ['h2'] }
  },
  'a certificate for another host': async () => {
    const { certificatePem: cert, keyPem: key } = await trusted.issue({ names: ['example.com'] })
    return { cert, key, ALPNProtocols: ['h2'] }
  },
  'a certificate that has expired': async () => {
    const { certificatePem: cert, keyPem: key } = await trusted.issue({
      names: ['127.0.0.1'],
      notBefore: new Date(Date.now() - 2 * DAY_MS),
      notAfter: new Date(Date.now() - DAY_MS),
    })
    return { cert, key, ALPNProtocols: ['h2'] }
  },
  'no ALPN at all': async () => {
    const { certificatePem: cert, keyPem: key } = await trusted.issue({ names: ['127.0.0.1'] })
    return { cert, key }
  },
  'only HTTP/1.1': async () => {
    const { certificatePem: cert, keyPem: key } = await trusted.issue({ names: ['127.0.0.1'] })
    return { cert, key, ALPNProtocols: ['http/1.1'] }
  },
}

for (const [name, options] of Object.entries(UNTRUSTED)) {
  t.test(`an upstream with ${name} gets no request`, async (t) => {
    const { seen, port } = await listen(t, await options())
    const url = await proxyTo(t, `https://127.0.0.1:${port}`)
    const response = await fetch(`${url}/v1/dag/launch`, { method: 'POST', body: '{}' })
    t.equal(response.status, 502)
    t.equal(response.headers.get('x-tailer-proxy-error'), 'UPSTREAM_TLS')
    t.equal(seen.bytes, 0)
  })
}

t.test('an upstream that is down is a 502, and is used as soon as it is back', async (t) => {
  const { certificatePem: cert, keyPem: key } = await trusted.issue({ names: ['127.0.0.1'] })
  const serve = async (port: number) => {
    const server = createSecureServer({ cert, key }, (_request, response) => response.end('here'))
    const sessions = new Set<{ destroy(): void }>()
    server.on('session', (session) => sessions.add(session))
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return {
      port: (server.address() as AddressInfo).port,
      async kill() {
        const closed = once(server, 'close')
        server.close()
        for (const session of sessions) session.destroy()
        await closed
      },
    }
  }
  const first = await serve(0)
  const url = await proxyTo(t, `https://127.0.0.1:${first.port}`)
  t.equal(await (await fetch(url)).text(), 'here')

  await first.kill()
  const down = await fetch(url)
  t.equal(down.status, 502)
  t.match(await down.json(), { code: 'UPSTREAM_UNREACHABLE' })

  const second = await serve(first.port)
  t.equal(await (await fetch(url)).text(), 'here')
  await second.kill()
})
