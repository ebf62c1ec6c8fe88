import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import t, { type Test } from 'tap'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { CLI } from '../project-file.js'

const MIB = 1024 * 1024
const SIZE = 1024 * MIB
/** Of no regular pattern, so that a chunk lost or swapped changes the digest. */
const BLOCK = randomBytes(MIB + 13)

function* blocks(size: number): Generator<Buffer> {
  for (let left = size; left > 0; left -= BLOCK.length) yield BLOCK.subarray(0, left)
}

function sha256(size: number): string {
  const hash = createHash('sha256')
  for (const block of blocks(size)) hash.update(block)
  return hash.digest('hex')
}

/** GET /N gives N bytes; any POST gives the digest of what it carried. */
async function startUpstream(t: Test): Promise<{ origin: string; caPem: string }> {
  const authority = await createCertificateAuthority()
  const { certificatePem, keyPem } = await authority.issue({ names: ['127.0.0.1'] })
  const server = createSecureServer({ cert: certificatePem, key: keyPem })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined)
    if (headers[':method'] === 'GET') {
      stream.respond({ ':status': 200 })
      Readable.from(blocks(Number(headers[':path']?.slice(1)))).pipe(stream)
      return
    }
    const hash = createHash('sha256')
    stream.on('data', (chunk: Buffer) => hash.update(chunk))
    stream.on('end', () => {
      stream.respond({ ':status': 200 })
      stream.end(hash.digest('hex'))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { origin: `https://127.0.0.1:${port}`, caPem: authority.certificatePem }
}

async function startChild(t: Test): Promise<{ child: ChildProcess; url: string }> {
  const { origin, caPem } = await startUpstream(t)
  const directory = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
  const caFile = join(directory, 'ca.pem')
  writeFileSync(caFile, caPem)
  const flags = ['--listen', '127.0.0.1:0', '--admin', 'off']
  flags.push('--upstream', origin, '--ca-file', caFile, '--log-format', 'json')
  const child = spawn(process.execPath, [CLI, 'start', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: directory, TAILER_PROXY_TOKEN: 'a-token' },
  })
  t.teardown(() => {
    child.kill()
    rmSync(directory, { recursive: true })
  })
  for await (const line of createInterface(child.stderr)) {
    const { msg, listen } = JSON.parse(line) as { msg: string; listen: string }
    if (msg !== 'ready') continue
    child.stderr.resume()
    return { child, url: listen }
  }
  throw new Error('the proxy ended')
}

/** In MiB. */
function rssOf({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid!}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

/** The most that memory grew while `work` ran. */
async function growth(child: ChildProcess, work: () => Promise<void>): Promise<number> {
  const before = rssOf(child)
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, rssOf(child))
  }, 20)
  await work()
  clearInterval(timer)
  return most - before
}

async function up(url: string, size: number, headers: Record<string, number>): Promise<string> {
  const request = httpRequest(url, { method: 'POST', headers })
  const answered = once(request, 'response') as Promise<[AsyncIterable<Buffer>]>
  await pipeline(Readable.from(blocks(size)), request)
  const [response] = await answered
  let text = ''
  for await (const chunk of response) text += chunk.toString()
  return text
}

async function down(url: string, size: number): Promise<string> {
  const request = httpRequest(`${url}/${size}`).end()
  const [response] = (await once(request, 'response')) as [AsyncIterable<Buffer>]
  const hash = createHash('sha256')
  for await (const chunk of response) hash.update(chunk)
  return hash.digest('hex')
}

/** In MiB. */
const GROWTH = 32

t.test('1 GiB passes each way, and little of it is in memory', async (t) => {
  const { child, url } = await startChild(t)
  // What any process grows by on its first large bodies is not what is measured.
  await up(url, 64 * MIB, { 'content-length': 64 * MIB })
  await down(url, 64 * MIB)
  const digest = sha256(SIZE)
  const upwards = await growth(child, async () => {
    t.equal(await up(url, SIZE, { 'content-length': SIZE }), digest)
  })
  const downwards = await growth(child, async () => {
    t.equal(await down(url, SIZE), digest)
  })
  t.comment(`memory grew by ${upwards.toFixed(1)} MiB up, ${downwards.toFixed(1)} MiB down`)
  t.ok(upwards < GROWTH, `up: ${upwards} MiB`)
  t.ok(downwards < GROWTH, `down: ${downwards} MiB`)
})
