/** Owns the cost of a start: each command beside a bare Node, and what an idle proxy takes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { CLI } from '../project-file.js'
import { freePort } from '../free-port.js'
import { readCost } from './process-cost.js'
import { folder, ours, progress, untilOpen } from './rig.js'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 15)
/** Until what was needed for the start alone is given back. */
const IDLE_MS = 5_000

/** Wall time, medians: CPU of a process that has ended cannot be read from outside. */
export async function measureStarts(): Promise<void> {
  const { keyFile } = await createServiceAccount()
  const key = join(folder, 'key.json')
  writeFileSync(key, JSON.stringify(keyFile))
  const admin = await freePort()
  // Nobody is there: a start does not wait for an upstream that refuses.
  const start = (adminPort: number) =>
    launch([
      ...[CLI, 'start', '--listen=127.0.0.1:0', `--admin=127.0.0.1:${adminPort}`],
      ...['--upstream=https://127.0.0.1:9', `--credentials=${key}`],
    ])
  const idle = start(admin)
  await untilReady(idle)
  await untilOpen(admin, idle)

  const commands: Record<string, () => Promise<unknown>> = {
    'bare node': () => ended(['-e', '0']),
    '--version': () => ended([CLI, '--version']),
    token: () => ended([CLI, 'token', key]),
    healthcheck: () => ended([CLI, 'healthcheck', `--admin=127.0.0.1:${admin}`]),
    'start to ready': async () => {
      const child = start(0)
      await untilReady(child)
      child.kill('SIGKILL')
    },
  }
  const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]))
  for (let round = 1; round <= ROUNDS; round++) {
    progress(`round ${round}/${ROUNDS}`)
    for (const [name, run] of Object.entries(commands)) {
      const startedMs = performance.now()
      await run()
      times.get(name)?.push(performance.now() - startedMs)
    }
  }
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
  progress('')
  const bare = medianOf(times.get('bare node'))
  const lines = [`Node ${process.version}, ${ROUNDS} rounds, medians`]
  for (const [name, all] of times) {
    const median = medianOf(all)
    lines.push(
      `${name.padEnd(16)}${median.toFixed(0).padStart(6)} ms${(median / bare).toFixed(1).padStart(6)} ×`,
    )
  }
  lines.push(
    `idle RSS        ${readCost(idle.pid ?? 0)
      .rssMiB.toFixed(0)
      .padStart(6)} MiB`,
  )
  process.stdout.write(`${lines.join('\n')}\n`)
}

function launch(args: readonly string[]) {
  return ours(
    spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { HOME: folder, PATH: process.env['PATH'] },
    }),
  )
}

async function ended(args: readonly string[]): Promise<void> {
  const child = launch(args)
  child.stderr.resume()
  const [code] = (await once(child, 'exit')) as [number]
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`)
}

function untilReady(child: ReturnType<typeof launch>): Promise<void> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      text += part
      if (text.includes('"msg":"ready"')) resolve()
    })
    child.once('exit', () => {
      reject(new Error(`it ended before it was ready: ${text}`))
    })
  })
}

function medianOf(numbers: readonly number[] = []): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN
}
