/**
 * Owns the watch over garbage that keeps garbage: how often the proxy collects under load, for how
 * long, and what is promoted to the old generation. Nothing of a request that has ended should be;
 * a table that is rehashed with every few requests chains them all together.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { CLI } from '../project-file.js'
import { freePort } from '../free-port.js'
import { readCost } from './process-cost.js'
import { ours, runLoad, startUpstream, untilOpen } from './rig.js'
import { TOKEN } from './work.js'

const CONNECTIONS = 32
const WARM_UP_MS = 3_000
const LOAD_MS = 10_000
/**
 * What a request may leave in the old generation, on average, in bytes; with the chain it is more
 * than a thousand, since each request is promoted whole.
 */
const MAX_PROMOTED = 100
/** V8 may take one or two for code that it compiles as it warms up; the chain needs ten. */
const MAX_MAJOR = 2

interface Collection {
  /** `s` or `scavenge` for the young generation. */
  readonly isMajor: boolean
  readonly pauseMs: number
  readonly promotedBytes: number
}

/** @param nodeFlags such as `--max-semi-space-size=1`, at which least is needed to be promoted */
export async function watchGarbage(nodeFlags: readonly string[]): Promise<void> {
  const { caFile, upstreamPort } = await startUpstream()
  const port = await freePort()
  const child = ours(
    spawn(
      process.execPath,
      [
        ...['--trace-gc-nvp', ...nodeFlags, CLI, 'start', '--admin=off', '--log-level=warn'],
        ...[`--listen=127.0.0.1:${port}`, `--ca-file=${caFile}`],
        `--upstream=https://127.0.0.1:${upstreamPort}`,
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { HOME: '/nonexistent', TAILER_PROXY_TOKEN: TOKEN },
      },
    ),
  )
  let trace = ''
  child.stdout.setEncoding('latin1').on('data', (text: string) => (trace += text))
  await untilOpen(port, child)
  const load = (ms: number) => runLoad(['h1', `${port}`, `${CONNECTIONS}`, `${ms}`])
  await load(WARM_UP_MS)
  trace = ''
  const { pid = 0 } = child
  const before = readCost(pid)
  const { requests, p99 } = await load(LOAD_MS)
  const after = readCost(pid)
  const collections = parseTrace(trace)
  child.kill()
  await once(child, 'exit')

  const minor = collections.filter(({ isMajor }) => !isMajor)
  const major = collections.filter(({ isMajor }) => isMajor)
  const promoted = sum(minor.map(({ promotedBytes }) => promotedBytes)) / requests
  const lines = [
    `Node ${process.version} ${nodeFlags.join(' ')}`,
    `requests                 ${requests} in ${LOAD_MS / 1000} s on ${CONNECTIONS} connections`,
    `minor collections        ${minor.length}, ${pauseOf(minor)} ms in all`,
    `major collections        ${major.length}, ${pauseOf(major)} ms in all`,
    `promoted per request     ${promoted.toFixed(1)} bytes`,
    `CPU per request          ${((after.cpuUs - before.cpuUs) / requests).toFixed(1)} µs`,
    `p99                      ${p99} µs`,
    `RSS                      ${after.rssMiB.toFixed(0)} MiB`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  if (minor.length === 0) throw new Error('the trace of V8 is in another form than expected')
  if (promoted > MAX_PROMOTED || major.length > MAX_MAJOR) {
    throw new Error('requests that have ended are kept: garbage keeps garbage')
  }
}

/** Lines of `--trace-gc-nvp`: `pause=1.2 … gc=s … promoted=123`, on newer Nodes as JSON. */
function parseTrace(trace: string): Collection[] {
  return trace.split('\n').flatMap((line) => {
    const kind = /\bgc"?[=:]"?(\w+)/.exec(line)?.[1]
    if (kind === undefined) return []
    const figure = (name: string): number =>
      Number(new RegExp(`\\b${name}"?[=:]([\\d.]+)`).exec(line)?.[1] ?? 0)
    const isMajor = kind !== 's' && kind !== 'scavenge' && kind !== 'mms'
    return [{ isMajor, pauseMs: figure('pause'), promotedBytes: figure('promoted') }]
  })
}

function pauseOf(collections: readonly Collection[]): string {
  return sum(collections.map(({ pauseMs }) => pauseMs)).toFixed(0)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
