import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createCertificateAuthority } from '../../../src/demo/create-certificate.js'
import {
  ResponseTooLarge,
  askEndpoint,
  type EndpointRequest,
} from '../../../src/identity/endpoint/ask-endpoint.js'
import { serve } from '../../fakes/serve.js'
import { createConnectProxy } from '../../upstream/connect-proxy.js'

function ask(url: string, more: Partial<EndpointRequest> = {}) {
  const { signal } = new AbortController()
  const rest = { method: 'GET', headers: new Headers(), body: undefined, proxy: undefined, signal }
  return askEndpoint({ url: new URL(url), ...rest, ...more })
}

async function portOf(t: Test, server: Server, host: string): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

t.test('what is asked arrives as it is, on a connection for it alone', async (t) => {
  const endpoint = await serve(t, () => ({ status: 201, headers: { 'x-a': 'b' }, body: 'text' }))
  const headers = new Headers({ authorization: 'Bearer abc' })
  const {
    status,
    headers: answered,
    text,
  } = await ask(`${endpoint.origin}/a/b?c=d`, {
    ...{ method: 'POST', headers, body: 'é=1' },
  })
  t.match({ status, text }, { status: 201, text: 'text' })
  t.equal(answered.get('x-a'), 'b')
  await ask(endpoint.origin)
  const [posted, got] = endpoint.requests
  t.match(posted, { method: 'POST', body: 'é=1' })
  t.equal(`${posted?.url.pathname}${posted?.url.search}`, '/a/b?c=d')
  t.match(posted?.headers, {
    ...{ authorization: 'Bearer abc', 'content-length': '4', connection: 'close' },
    host: new URL(endpoint.origin).host,
  })
  t.match(got, { method: 'GET', body: '' })
  t.equal(got?.headers['content-length'], undefined)
})

t.test('an endpoint may be an IPv6 address', async (t) => {
  const port = await portOf(
    t,
    createServer((_request, response) => response.end('six')),
    '::1',
  )
  t.equal((await ask(`http://[::1]:${port}/`)).text, 'six')
})

t.test('64 KiB are taken, and no more', async (t) => {
  const endpoint = await serve(t, ({ url }) => ({
    body: ' '.repeat(Number(url.searchParams.get('n'))),
  }))
  t.equal((await ask(`${endpoint.origin}/?n=65536`)).text.length, 65_536)
  await t.rejects(ask(`${endpoint.origin}/?n=65537`), ResponseTooLarge)
})

t.test('a truncated response is none', async (t) => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': 9 }).write('half', () => response.destroy())
  })
  const port = await portOf(t, server, '127.0.0.1')
  await t.rejects(ask(`http://127.0.0.1:${port}/`), { code: 'ECONNRESET' })
})

t.test(
  'https is for who can prove to be the endpoint, and its proxy sees its name alone',
  async (t) => {
    const authority = await createCertificateAuthority()
    const { certificatePem: cert, keyPem: key } = await authority.issue({ names: ['localhost'] })
    const endpoint = await serve(t, () => ({ body: {} }), { cert, key })
    const { port } = new URL(endpoint.origin)
    const unknown = { code: /ISSUER|SIGNATURE|SELF_SIGNED/ }
    await t.rejects(ask(`https://localhost:${port}/`), unknown)
    t.equal(endpoint.requests.length, 0, 'nothing was sent')

    const proxy = await createConnectProxy(t)
    const through = { proxy: `http://127.0.0.1:${proxy.port}` }
    await t.rejects(ask(`https://localhost:${port}/`, through), unknown)
    t.match(proxy.asked, [{ authority: `localhost:${port}` }])
    const refusing = await createConnectProxy(t, { refuseWith: 407 })
    const refused = { proxy: `http://127.0.0.1:${refusing.port}` }
    await t.rejects(ask('https://host.test/token', refused), { code: 'proxy returned 407' })
    await t.rejects(ask('https://[::1]/', refused), { code: 'proxy returned 407' })
    t.match(refusing.asked, [{ authority: 'host.test:443' }, { authority: '[::1]:443' }])
  },
)
