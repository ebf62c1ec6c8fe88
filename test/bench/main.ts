/**
 * `npm run bench`: this proxy beside those that are installed, in interleaved rounds on the same
 * work. CPU per request is the figure to steer by: it holds still on a noisy machine.
 * `BENCH_ROUNDS` and `BENCH_SECONDS` change the length; default 3 rounds of 2 s. Arguments name
 * those that are to run; default all.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { isInstalled, type Peer, PEERS } from './peers.js'
import { readCost } from './process-cost.js'
import { STATUS_ANSWER, TOKEN } from './work.js'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3)
const ROUND_MS = Number(process.env['BENCH_SECONDS'] ?? 2) * 1000
const CONNECTIONS = [1, 32, 256]
const WARM_UP_MS = 1_500

interface Sample {
  perSecond: number
  /** Answers that were not 200. */
  failed: number
  p50: number
  p99: number
  cpuUs: number
  rssMiB: number
}

interface Subject {
  readonly name: string
  readonly load: (connections: number, ms: number) => string[]
  readonly child: ChildProcess | undefined
  readonly samples: Map<number, Sample[]>
}

const folder = mkdtempSync(join(tmpdir(), 'tailer-proxy-bench-'))
const children: ChildProcess[] = []

async function main(): Promise<void> {
  const { caFile, upstreamPort } = await startUpstream()
  const subjects = [direct(upstreamPort, caFile)]
  const names = process.argv.slice(2)
  const known = PEERS.map(({ name }) => name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new Error(`no such subject: ${unknown.join(', ')}; there are ${known.join('; ')}`)
  }
  const wanted = PEERS.filter(({ name }) => names.length === 0 || names.includes(name))
  const missing = wanted.filter((peer) => !isInstalled(peer))
  for (const peer of wanted.filter(isInstalled)) {
    subjects.push(await startPeer(peer, caFile, upstreamPort))
  }
  for (const subject of subjects) await runLoad(subject.load(32, WARM_UP_MS))
  for (let round = 1; round <= ROUNDS; round++) {
    for (const connections of CONNECTIONS) {
      for (const subject of subjects) {
        progress(`round ${round}/${ROUNDS}, ${connections} connections: ${subject.name}`)
        await measure(subject, connections)
      }
    }
  }
  progress('')
  report(subjects, missing)
}

async function measure(subject: Subject, connections: number): Promise<void> {
  const pid = subject.child?.pid
  const before = pid === undefined ? undefined : readCost(pid)
  const { requests, failed, p50, p99 } = await runLoad(subject.load(connections, ROUND_MS))
  const after = pid === undefined ? undefined : readCost(pid)
  const samples = subject.samples.get(connections) ?? []
  subject.samples.set(connections, samples)
  samples.push({
    perSecond: (requests - failed) / (ROUND_MS / 1000),
    failed,
    p50,
    p99,
    cpuUs: before && after ? (after.cpuUs - before.cpuUs) / requests : NaN,
    rssMiB: after?.rssMiB ?? NaN,
  })
}

const FIGURES = [
  ['requests/s', 'perSecond'],
  ['p50 µs', 'p50'],
  ['p99 µs', 'p99'],
  ['CPU µs/req', 'cpuUs'],
  ['RSS MiB', 'rssMiB'],
  ['failed', 'failed'],
] as const satisfies readonly (readonly [string, keyof Sample])[]
/** Each figure is also told as a ratio to theirs. */
const YARDSTICKS = ['caddy', 'haproxy']

function report(subjects: readonly Subject[], missing: readonly Peer[]): void {
  const lines = [`Node ${process.version}, ${ROUNDS} rounds of ${ROUND_MS / 1000} s, medians`]
  if (missing.length > 0) lines.push(`not installed: ${missing.map(({ name }) => name).join(', ')}`)
  const titles = FIGURES.map(([title]) => title)
  for (const connections of CONNECTIONS) {
    const medianOf = new Map(
      subjects.map(({ name, samples }) => [name, mediansOf(samples.get(connections))]),
    )
    lines.push('', row(`${connections} connections`, titles))
    for (const [name, median] of medianOf) {
      lines.push(
        row(
          name,
          FIGURES.map(([, key]) => printed(median[key], 0)),
        ),
      )
    }
    for (const yardstick of YARDSTICKS) {
      const base = medianOf.get(yardstick)
      if (base === undefined) continue
      lines.push('', row(`  as ratio to ${yardstick}`, titles))
      for (const [name, median] of medianOf) {
        lines.push(
          row(
            `  ${name}`,
            FIGURES.map(([, key]) => printed(median[key] / base[key], 2)),
          ),
        )
      }
    }
  }
  process.stdout.write(`${lines.join('\n')}\n`)
}

function printed(figure: number, digits: number): string {
  return Number.isFinite(figure) ? figure.toFixed(digits) : '–'
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(22) + cells.map((cell) => cell.padStart(11)).join('')
}

function mediansOf(samples: readonly Sample[] = []): Sample {
  const median = (key: keyof Sample): number =>
    samples.map((sample) => sample[key]).sort((a, b) => a - b)[samples.length >> 1] ?? NaN
  return {
    perSecond: median('perSecond'),
    failed: median('failed'),
    p50: median('p50'),
    p99: median('p99'),
    cpuUs: median('cpuUs'),
    rssMiB: median('rssMiB'),
  }
}

async function startUpstream(): Promise<{ caFile: string; upstreamPort: number }> {
  const authority = await createCertificateAuthority()
  const { certificatePem, keyPem } = await authority.issue({ names: ['127.0.0.1', 'localhost'] })
  const [caFile, certFile, keyFile] = [
    write('ca.pem', authority.certificatePem),
    write('cert.pem', certificatePem),
    write('key.pem', keyPem),
  ]
  const child = spawnScript('upstream.js', [certFile, keyFile])
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return { caFile, upstreamPort: Number(port.toString()) }
}

async function startPeer(peer: Peer, caFile: string, upstreamPort: number): Promise<Subject> {
  const port = await freePort()
  const child = peer.start({ folder, caFile, upstreamPort, port })
  children.push(child)
  await untilOpen(port, child)
  return {
    name: peer.name,
    child,
    samples: new Map(),
    load: (connections, ms) => ['h1', `${port}`, `${connections}`, `${ms}`],
  }
}

function direct(port: number, caFile: string): Subject {
  return {
    name: 'direct HTTP/2',
    child: undefined,
    samples: new Map(),
    load: (connections, ms) => ['h2', `${port}`, `${connections}`, `${ms}`, caFile, TOKEN],
  }
}

interface LoadResult {
  requests: number
  failed: number
  p50: number
  p99: number
}

async function runLoad(args: string[]): Promise<LoadResult> {
  const child = spawnScript('load.js', args)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`the load failed with ${code}`)
  return JSON.parse(output) as LoadResult
}

function spawnScript(name: string, args: readonly string[]) {
  const script = new URL(name, import.meta.url).pathname
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return child
}

/** Until it accepts a connection. */
async function untilOpen(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended at start`)
    const socket = connect({ host: '127.0.0.1', port })
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => {
        resolve(true)
      })
      socket.once('error', () => {
        resolve(false)
      })
    })
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

try {
  if (STATUS_ANSWER.length < 400) throw new Error('the answer is not the documented one')
  await main()
} finally {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
