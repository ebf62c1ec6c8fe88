/** Owns the built proxy as a process of its own, in front of a recording upstream. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { type RecordingUpstream, startUpstream } from '../integration/recording-upstream.js'
import { CLI } from '../project-file.js'

export interface BuiltProxy {
  readonly upstream: RecordingUpstream
  readonly port: number
  readonly child: ChildProcess
  /** What it wrote that is no JSON line of a known kind. */
  readonly complaints: string[]
}

export async function startBuilt(t: Test, flags: readonly string[] = []): Promise<BuiltProxy> {
  const upstream = await startUpstream(t)
  const child = spawn(
    process.execPath,
    [
      ...[CLI, 'start', '--listen', '127.0.0.1:0', '--admin', 'off'],
      ...['--upstream', upstream.origin, '--ca-file', upstream.caFile, ...flags],
    ],
    {
      env: { PATH: process.env['PATH'], TAILER_PROXY_TOKEN: 'static-token-of-the-tests' },
      stdio: ['ignore', 'inherit', 'pipe'],
    },
  )
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const complaints: string[] = []
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const told = line.startsWith('{')
        ? (JSON.parse(line) as { msg: string; listen: string })
        : undefined
      if (told?.msg === 'ready') resolve(Number(told.listen.split(':').at(-1)))
      else if (told?.msg !== 'request') complaints.push(line)
    })
    child.once('exit', (code) => {
      reject(new Error(`the proxy ended with ${code ?? 'a signal'}: ${complaints.join('\n')}`))
    })
  })
  return { upstream, port, child, complaints }
}
