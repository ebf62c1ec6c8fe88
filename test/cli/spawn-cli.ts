/** Owns the built CLI as a process: what it printed, and how it ended. Build it first. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import { CLI } from '../project-file.js'

export interface Cli {
  readonly process: ChildProcessWithoutNullStreams
  readonly stdout: () => string
  readonly stderr: () => string
  /** The log lines so far. */
  readonly log: () => Record<string, unknown>[]
  /** Resolves with the first log line of that message. */
  readonly logged: (msg: string) => Promise<Record<string, unknown>>
  /** Resolves with the match once the stream has it; rejects if the process ends before. */
  readonly until: (stream: 'stdout' | 'stderr', pattern: RegExp) => Promise<RegExpExecArray>
  /** Resolves with the exit code, once all output has been read. */
  readonly ended: Promise<number | null>
}

/** Puts another program around a command line. */
export type Around = (command: readonly string[]) => readonly string[]

/**
 * On a terminal of its own, whose output, both streams in one, is stdout. The shell becomes the
 * command: one that waited, as dash does, would get the terminal's signals too, and end of them.
 */
export const onTerminal: Around = (command) => {
  const line = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  return ['script', '--quiet', '--return', '--command', `exec ${line}`, '/dev/null']
}

/** With the redirections of a shell, such as `2>/dev/full`. */
export const redirected =
  (redirections: string): Around =>
  (command) => ['sh', '-c', `exec "$@" ${redirections}`, 'sh', ...command]

/**
 * As a user would: of the environment only what Node and a shell need, and what is given. `env`
 * takes away what the test runner puts into every child; it becomes the CLI. Its stdin is at its
 * end unless `keepStdin`. Ends with the test.
 */
export function spawnCli(
  t: Pick<Test, 'teardown'>,
  args: readonly string[],
  environment: Record<string, string> = {},
  {
    around = (command) => command,
    keepStdin = false,
    cli = CLI,
  }: { around?: Around; keepStdin?: boolean; cli?: string } = {},
): Cli {
  const variables = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...environment }
  const pairs = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const [program = '', ...words] = around(['env', '-i', ...pairs, process.execPath, cli, ...args])
  const child = spawn(program, words)
  const output = { stdout: '', stderr: '' }
  if (!keepStdin) child.stdin.end()
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  t.teardown(() => child.kill('SIGKILL'))

  const log = (): Record<string, unknown>[] =>
    output.stderr
      .slice(0, output.stderr.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  /** Asks again with each piece of output, until there is something or the process ended. */
  const wait = <T>(
    stream: 'stdout' | 'stderr',
    what: string,
    ask: () => T | null | undefined,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = ask()
        if (found === null || found === undefined) return
        child[stream].off('data', look)
        resolve(found)
      }
      child[stream].on('data', look)
      void ended.then((code) => {
        reject(new Error(`exit ${String(code)} before ${what}: ${output.stderr}`))
      })
      look()
    })
  return {
    process: child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    log,
    ended,
    logged: (msg) => wait('stderr', msg, () => log().find((line) => line['msg'] === msg)),
    until: (stream, pattern) => wait(stream, String(pattern), () => pattern.exec(output[stream])),
  }
}
