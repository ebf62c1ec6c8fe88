import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, request as httpRequest, type RequestListener } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createCertificateAuthority } from '../../../src/demo/create-certificate.js'
import { startProxyFor } from '../../upstream/start.js'
import {
  type ForeignServer,
  isInstalled,
  SERVERS,
  type ServerContext,
  untilOpen,
} from './servers.js'

const MIB = 1024 * 1024
const LARGE = 10 * MIB
/** Of the requests that are sent while a server is told to reload. */
const LOAD_MS = 3_000
const RELOADS = 3

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const bytesOf = (length: number): Buffer => Buffer.alloc(length, '0123456789abcdef')

/** `/bytes/N` gives so many, `/hash` tells what it was sent. */
const backend: RequestListener = (request, response) => {
  const [, length] = /^\/bytes\/(\d+)/.exec(request.url ?? '') ?? []
  if (length !== undefined) {
    request.resume()
    response.setHeader('content-length', length)
    response.end(bytesOf(Number(length)))
    return
  }
  const hash = createHash('sha256')
  request.on('data', (chunk: Buffer) => hash.update(chunk))
  request.on('end', () => {
    response.end(hash.digest('hex'))
  })
}

interface Answer {
  readonly status: number
  readonly body: Buffer
}

async function call(
  url: string,
  { method = 'GET', body, agent }: { method?: string; body?: Buffer; agent?: Agent } = {},
): Promise<Answer> {
  const headers = body === undefined ? {} : { 'content-length': body.length }
  const sent = httpRequest(url, { method, headers, agent: agent ?? false }).end(body)
  const [response] = (await once(sent, 'response')) as [
    AsyncIterable<Buffer> & { statusCode: number },
  ]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, body: Buffer.concat(chunks) }
}

async function listenOn(t: Test, server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const authority = await createCertificateAuthority()
const { certificatePem, keyPem } = await authority.issue({ names: ['127.0.0.1'] })

async function createContext(t: Test): Promise<ServerContext> {
  const folder = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
  chmodSync(folder, 0o755)
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const write = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  mkdirSync(join(folder, 'bytes'))
  for (const size of [0, 1000, LARGE]) write(`bytes/${size}`, bytesOf(size))
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  free.close()
  return {
    folder,
    certFile: write('cert.pem', certificatePem),
    keyFile: write('key.pem', keyPem),
    pemFile: write('both.pem', `${certificatePem}\n${keyPem}`),
    backendPort: await listenOn(t, createServer(backend)),
    port,
  }
}

async function talk(t: Test, url: string, isPlain: boolean): Promise<void> {
  const upload = isPlain ? `${url}/echo` : `${url}/hash`
  const answerTo = (body: Buffer): string => (isPlain ? body.toString() : sha256(body))
  const small = Buffer.from('some body')
  const large = bytesOf(LARGE)

  t.ok((await call(`${url}/bytes/1000`)).body.equals(bytesOf(1000)), 'GET')
  t.match(await call(`${url}/bytes/1000`, { method: 'HEAD' }), { status: 200, body: [] }, 'HEAD')
  t.equal((await call(`${url}/bytes/0`)).body.length, 0, 'an empty response')
  const posted = await call(upload, { method: 'POST', body: small })
  t.equal(posted.body.toString(), answerTo(small), 'POST')
  t.equal(sha256((await call(`${url}/bytes/${LARGE}`)).body), sha256(large), '10 MiB down')
  const uploaded = await call(upload, { method: 'POST', body: large })
  t.equal(sha256(uploaded.body), sha256(Buffer.from(answerTo(large))), '10 MiB up')

  const many = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      if (i % 2 === 0) return (await call(`${url}/bytes/1000`)).body.equals(bytesOf(1000))
      const body = Buffer.alloc(50 * i, String(i))
      return (await call(upload, { method: 'POST', body })).body.toString() === answerTo(body)
    }),
  )
  t.equal(many.filter(Boolean).length, 100, '100 at once')
}

/** Sends requests all the while; gives what was not answered as it should be. */
async function load(url: string, ms: number): Promise<{ sent: number; bad: string[] }> {
  const agent = new Agent({ keepAlive: true })
  const until = performance.now() + ms
  const bad: string[] = []
  let sent = 0
  const lane = async (i: number): Promise<void> => {
    const body = Buffer.from(`lane ${i}`)
    while (performance.now() < until) {
      sent++
      const path = sent % 2 === 0 ? '/bytes/1000' : '/hash'
      const expected = sent % 2 === 0 ? bytesOf(1000).toString() : sha256(body)
      const options = sent % 2 === 0 ? { agent } : { agent, method: 'POST', body }
      try {
        const { status, body: got } = await call(`${url}${path}`, options)
        if (status !== 200 || got.toString() !== expected) bad.push(`${status} ${got.toString()}`)
      } catch (error) {
        bad.push(`cut: ${String(error)}`)
      }
    }
  }
  await Promise.all(Array.from({ length: 20 }, (_, i) => lane(i)))
  agent.destroy()
  return { sent, bad }
}

function ended(logged: readonly { msg: string }[]): number {
  return logged.filter(({ msg }) => msg === 'upstream connection closed').length
}

async function start(t: Test, server: ForeignServer) {
  const context = await createContext(t)
  const child = server.start(context)
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  await untilOpen(context.port, child)
  return { context, child, origin: `https://127.0.0.1:${context.port}` }
}

t.setTimeout(600_000)
const missing = SERVERS.filter((server) => !isInstalled(server)).map(({ name }) => name)
t.comment(missing.length > 0 ? `not installed: ${missing.join(', ')}` : 'all are installed')

for (const server of SERVERS.filter(isInstalled)) {
  t.test(`${server.name} is understood`, async (t) => {
    const { context, child, origin } = await start(t, server)
    const upstream = { origin, caPem: authority.certificatePem }
    const { listening, logged } = await startProxyFor(t, upstream)
    await talk(t, listening, server.isPlain ?? false)
    const { reload } = server
    if (reload === undefined) return
    const before = ended(logged)
    const loading = load(listening, LOAD_MS)
    for (let i = 0; i < RELOADS; i++) {
      await after(LOAD_MS / (RELOADS + 1))
      reload(child, context)
    }
    const { sent, bad } = await loading
    const wrong = server.reloadCuts ? bad.filter((text) => !text.includes('RESET')) : bad
    t.strictSame(wrong.slice(0, 3), [], `${bad.length} of ${sent} failed under ${RELOADS} reloads`)
    t.ok(ended(logged) > before, 'connections were replaced')
    t.comment(`${server.name}: ${sent} requests under ${RELOADS} reloads`)
  })
}

t.test('node:http2 is understood', async (t) => {
  const server = createSecureServer({ cert: certificatePem, key: keyPem }, backend as never)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const upstream = { origin, caPem: authority.certificatePem }
  const { listening } = await startProxyFor(t, upstream)
  await talk(t, listening, false)
})
