/** Owns the built CLI as a process: what it printed, and how it ended. Build it first. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

export interface Cli {
  readonly process: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** The log lines so far. */
  readonly log: () => Record<string, unknown>[]
  /** Resolves with the first log line of that message. */
  readonly logged: (msg: string) => Promise<Record<string, unknown>>
  /** Resolves with the exit code, once all output has been read. */
  readonly ended: Promise<number | null>
}

/** Of the environment only what Node and a shell need, and what is given. */
export function spawnCli(
  t: Test,
  args: readonly string[],
  environment: Record<string, string> = {},
): Cli {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', ...environment }
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()))
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  t.teardown(() => child.kill('SIGKILL'))

  const log = (): Record<string, unknown>[] =>
    stderr
      .slice(0, stderr.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    log,
    ended,
    async logged(wanted) {
      for (;;) {
        const found = log().find(({ msg }) => msg === wanted)
        if (found !== undefined) return found
        const more = await Promise.race([once(child.stderr, 'data'), ended])
        if (!Array.isArray(more) && !log().some(({ msg }) => msg === wanted)) {
          throw new Error(`it ended without saying ${wanted}: ${stderr}`)
        }
      }
    },
  }
}
