/**
 * Owns the comparison: this proxy beside those that are installed, in interleaved rounds on the
 * same work. CPU per request is the figure to steer by: it holds still on a noisy machine.
 */
import type { ChildProcess } from 'node:child_process'
import { freePort } from '../free-port.js'
import { isInstalled, type Peer, PEERS } from './peers.js'
import { readCost } from './process-cost.js'
import { folder, ours, progress, runLoad, startUpstream, untilOpen } from './rig.js'
import { TOKEN } from './work.js'

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

/** This proxy beside others. @param names of those to run; all if it is empty */
export async function compare(names: readonly string[]): Promise<void> {
  const { caFile, upstreamPort } = await startUpstream()
  const subjects = [direct(upstreamPort, caFile)]
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

async function startPeer(peer: Peer, caFile: string, upstreamPort: number): Promise<Subject> {
  const port = await freePort()
  const child = ours(peer.start({ folder, caFile, upstreamPort, port }))
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
