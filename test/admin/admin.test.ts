import { connect } from 'node:net'
import { request } from 'node:http'
import { once } from 'node:events'
import t from 'tap'
import { startDemoProxy } from '../commands/start-demo-proxy.js'

/** Status and body, with any header, which `fetch` would not let through. */
async function ask(url: string, headers: Record<string, string> = {}) {
  const asked = request(url, { headers, agent: false }).end()
  const [answer] = (await once(asked, 'response')) as [
    AsyncIterable<Buffer> & { statusCode: number },
  ]
  let text = ''
  for await (const part of answer) text += part.toString()
  return { status: answer.statusCode, text }
}

t.test('a proxy that holds a token is alive and ready', async (t) => {
  const { admin } = await startDemoProxy(t)
  t.equal((await ask(`${admin}/livez`)).status, 200)
  const ready = await ask(`${admin}/readyz`)
  t.equal(ready.status, 200)
  t.same(JSON.parse(ready.text), { status: 'ready', reasons: [] })
  t.equal((await ask(`${admin}/nowhere`)).status, 404)
  const posted = await fetch(`${admin}/livez?a`, { method: 'POST' })
  t.equal(posted.status, 405)
  t.equal(posted.headers.get('allow'), 'GET, HEAD')
  t.equal((await fetch(`${admin}/nowhere`, { method: 'POST' })).status, 404)
})

t.test('the status has every field of the contract, and no token', async (t) => {
  const { admin, api, proxy } = await startDemoProxy(t)
  await fetch(`${proxy.listening}/v1/nowhere`)
  const status = JSON.parse((await ask(`${admin}/status`)).text) as {
    token: { expiresAt: string; fingerprint: string }
  }
  t.match(status, {
    version: /^\d+\.\d+\.\d+/,
    pid: process.pid,
    uptimeSeconds: Number,
    listen: proxy.listening,
    upstream: api.origin,
    identity: {
      kind: 'service-account',
      email: api.serviceAccount.client_email,
      tokenType: 'jwt',
      audience: api.origin,
    },
    token: { state: 'valid', expiresInSeconds: Number, fingerprint: /^[0-9a-f]{12}$/ },
    upstreamConnections: 1,
    lastUpstream: { status: 404, at: /^\d{4}-.*Z$/, error: null, errorAt: null },
    lastMintError: null,
    requests: { total: 1, inFlight: 0, errors: 0 },
  })
  t.equal(new Date(status.token.expiresAt).toISOString(), status.token.expiresAt)
  t.notMatch(JSON.stringify(status), /eyJ/)
})

t.test('other hosts and web pages learn nothing', async (t) => {
  const { admin } = await startDemoProxy(t)
  for (const path of ['/livez', '/readyz', '/metrics', '/status', '/nowhere']) {
    const rebound = await ask(`${admin}${path}`, { host: 'evil.example' })
    t.equal(rebound.status, 403, path)
    t.match(rebound.text, /HOST_NOT_ALLOWED/)
    const page = await ask(`${admin}${path}`, { origin: 'http://evil.example' })
    t.match(page.text, /ORIGIN_NOT_ALLOWED/, path)
  }
})

t.test('rules and the required header of the proxy do not close the admin listener', async (t) => {
  const { admin, proxy } = await startDemoProxy(t, ['--read-only', '--require-header', 'x-a: b'])
  t.equal((await fetch(`${proxy.listening}/`)).status, 403)
  t.equal((await ask(`${admin}/readyz`)).status, 200)
})

t.test('while a request drains, readyz says so, and new connections are refused', async (t) => {
  const { admin, proxy } = await startDemoProxy(t)
  const { hostname, port } = new URL(proxy.listening)
  const client = connect(Number(port), hostname)
  const head = 'POST /v1/dag/status HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n'
  client.write(`${head}{`)
  const inFlight = async (): Promise<number> => {
    const { requests } = JSON.parse((await ask(`${admin}/status`)).text) as {
      requests: { inFlight: number }
    }
    return requests.inFlight
  }
  while ((await inFlight()) === 0);
  const drained = proxy.drain()
  const { status, text } = await ask(`${admin}/readyz`)
  t.equal(status, 503)
  t.same(JSON.parse(text), { status: 'not ready', reasons: ['draining'] })
  t.equal((await ask(`${admin}/livez`)).status, 200)
  await t.rejects(fetch(proxy.listening), 'no new connection')

  client.write('}')
  const [answer] = (await once(client, 'data')) as [Buffer]
  t.match(answer.toString(), /^connection: close\r$/im)
  t.equal(await drained, 0)
  await t.rejects(ask(`${admin}/livez`), { code: 'ECONNREFUSED' })
})
