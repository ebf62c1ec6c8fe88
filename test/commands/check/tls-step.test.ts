import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer, type TlsOptions } from 'node:tls'
import t, { type Test } from 'tap'
import { createCertificateAuthority } from '../../../src/demo/create-certificate.js'
import { serve } from '../../fakes/serve.js'
import { runCheck } from './run-check.js'

const DAY_MS = 86_400_000
const authority = await createCertificateAuthority()
type Issue = Parameters<typeof authority.issue>[0]

/** An upstream that answers. */
const http2 = (options: TlsOptions) =>
  createSecureServer(options, (_request, response) => {
    response.end()
  })
/** One that says nothing, and not in HTTP/2. */
const http1 = (options: TlsOptions) => createServer({ ...options, ALPNProtocols: ['http/1.1'] })

/** What `check` sees of a server with this certificate, and how many requests that got. */
async function see(t: Test, issue: Partial<Issue>, create: typeof http2 | typeof http1 = http2) {
  const { certificatePem: cert, keyPem: key } = await authority.issue({
    names: ['127.0.0.1'],
    ...issue,
  })
  let requests = 0
  const server = create({ cert, key })
  server.on('tlsClientError', () => undefined)
  server.on('request', () => requests++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const caFile = join(t.testdir(), 'ca.pem')
  writeFileSync(caFile, authority.certificatePem)
  const { port } = server.address() as AddressInfo
  const argv = ['--upstream', `https://127.0.0.1:${port}`, '--ca-file', caFile]
  const { of } = await runCheck(argv, { TAILER_PROXY_TOKEN: 'abc' })
  return { step: of('tls'), request: of('request'), requests }
}

t.test('a certificate for other names', async (t) => {
  const { step, request, requests } = await see(t, { names: ['example.com'] })
  t.match(step, {
    status: 'fail',
    detail: /not for this name; it presents a certificate for example\.com by /,
    hint: /--upstream/,
  })
  t.equal(request?.status, 'skip')
  t.equal(requests, 0, 'nothing was sent')
})

t.test(
  'a certificate that has expired, or is not valid yet, may be the fault of the clock',
  async (t) => {
    const [past, future] = [new Date(Date.now() - 2 * DAY_MS), new Date(Date.now() + DAY_MS)]
    const expired = await see(t, { notBefore: past, notAfter: new Date(Date.now() - DAY_MS) })
    t.match(expired.step, { detail: /has expired; .* \(expired\)$/, hint: /clock of this machine/ })
    const early = await see(t, { notBefore: future, notAfter: new Date(Date.now() + 2 * DAY_MS) })
    t.match(early.step, { detail: /not valid yet/, hint: /clock of this machine/ })
  },
)

t.test('a server without HTTP/2', async (t) => {
  const { step } = await see(t, {}, http1)
  t.match(step, { status: 'fail', detail: /does not speak HTTP\/2/, hint: /intercepts TLS/ })
})

t.test('a port that speaks no TLS', async (t) => {
  const { origin } = await serve(t, () => ({ body: '' }))
  const upstream = origin.replace('http:', 'https:')
  const { of } = await runCheck(['--upstream', upstream], { TAILER_PROXY_TOKEN: 'abc' })
  t.match(of('tls'), { status: 'fail', detail: /handshake failed/, hint: /not be a TLS port/ })
})

t.test('a certificate that ends soon is warned of', async (t) => {
  const { step } = await see(t, {
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 3.5 * DAY_MS),
  })
  t.match(step, { status: 'warn', detail: /\(3 days left\)/, hint: /renew/ })
})
