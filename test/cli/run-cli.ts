/** Owns the running of the command line as it was built, as a process of its own. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly ended: Promise<Ran>
  /** Resolves with all that was written, once it matches. */
  until(pattern: RegExp): Promise<string>
  kill(signal: NodeJS.Signals): void
}

/** The variables are all that it sees, beside `PATH`. */
export function runCli(argv: readonly string[], environment: Record<string, string>): Running {
  const child = spawn(process.execPath, [CLI, ...argv], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      out[name] += text
      for (const look of waiting) look()
    })
  }
  const ended = new Promise<Ran>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, ...out })
    })
  })
  return {
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(out.stdout + out.stderr)) return
          waiting.delete(look)
          resolve(out.stdout + out.stderr)
        }
        waiting.add(look)
        look()
        void ended.then(({ code }) => {
          reject(new Error(`ended with ${String(code)}: ${out.stderr.slice(-2000)}`))
        })
      }),
    kill: (signal) => child.kill(signal),
  }
}
