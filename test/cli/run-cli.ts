import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'

const CLI = new URL('../../dist/cli.js', import.meta.url).pathname

/** The built CLI as a process of its own, with an environment of its own. */
export interface CliProcess {
  readonly child: ChildProcessWithoutNullStreams
  readonly output: { stdout: string; stderr: string }
  /** Resolves with the exit code. */
  readonly exit: Promise<number | null>
  /** Resolves with the match once the stream has it; rejects if the process ends before. */
  until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray>
}

export function spawnCli(
  args: readonly string[],
  environment: Record<string, string> = {},
): CliProcess {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...environment },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const exit = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    output,
    exit,
    until(stream, pattern) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(output[stream])
          if (match !== null) resolve(match)
        }
        child[stream].on('data', look)
        void exit.then((code) => {
          reject(new Error(`exit ${String(code)} before ${String(pattern)}: ${output.stderr}`))
        })
        look()
      })
    },
  }
}
