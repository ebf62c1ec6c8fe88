import { spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { codeOf, EXIT, FatalError } from '../errors.js'
import { loadIdentity } from '../identity/load-identity.js'
import type { Log } from '../log.js'
import { processEnvironment } from '../settings/environment/process-environment.js'
import type { Environment } from '../settings/environment/read-variables.js'
import type { Settings } from '../settings/table.js'
import { ENDING, Signals } from './signals.js'
import { startProxy } from './start-proxy.js'

const FORWARDED = [...ENDING, 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGTSTP', 'SIGCONT'] as const
/** On a terminal these reach the whole foreground group already; twice would be too much. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGWINCH',
  'SIGTSTP',
]

/**
 * The settings of a proxy that is CMD's own: a free port, no admin listener unless one is given,
 * and no log but warnings unless a level is given, since stderr is CMD's.
 */
export function settingsOfRun(settings: Settings): Settings {
  const { sources } = settings
  return {
    ...settings,
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    admin: sources.admin === 'default' ? 'off' : settings.admin,
    logLevel: sources.logLevel === 'default' ? 'warn' : settings.logLevel,
  }
}

/**
 * `tailer-proxy run -- CMD`: a proxy of CMD's own, for as long as CMD runs. Gives CMD's exit code,
 * as a shell would.
 * @param settings from `settingsOfRun`
 * @param signals that end `run` itself, before CMD is there: `ENDING`
 */
export async function runChild(
  settings: Settings,
  log: Log,
  signals: Signals,
  [command = '', ...args]: readonly string[],
): Promise<number> {
  const { sources } = settings
  if (sources.listen !== 'default') {
    log.warn({ source: sources.listen }, 'run serves on a free port; the given address is not used')
  }
  const starting = startProxy(settings, loadIdentity(settings), log)
  const proxy = await Promise.race([starting, signals.next()])
  if (typeof proxy === 'string') {
    starting.catch(() => undefined)
    return 128 + constants.signals[proxy]
  }

  const child = spawn(command, args, {
    stdio: 'inherit',
    env: childEnvironment(processEnvironment(), proxy.listening),
  })
  // In this order there is no moment in which a signal would end this process without CMD.
  const unforward = forwardSignals(child)
  signals.stop()
  try {
    return await exitCodeOf(child, command)
  } finally {
    const again = new Signals(ENDING)
    unforward()
    // What is in flight now is of processes that CMD left behind.
    await Promise.race([proxy.drain(), again.next()])
  }
}

/** Gives the end of it. */
function forwardSignals(child: ChildProcess): () => void {
  const listener = (signal: NodeJS.Signals): void => {
    if (!isOnTerminal() || !FROM_TERMINAL.includes(signal)) child.kill(signal)
    // Listening took its meaning away.
    if (signal === 'SIGTSTP') process.kill(process.pid, 'SIGSTOP')
  }
  for (const signal of FORWARDED) process.on(signal, listener)
  return () => {
    for (const signal of FORWARDED) process.off(signal, listener)
  }
}

/** Not by `process.stdin`, whose mere mention makes a pipe non-blocking, for CMD too. */
function isOnTerminal(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor))
}

/** @throws {FatalError} with exit code 127 or 126 if it never ran */
function exitCodeOf(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      // A running child has this event too: when a signal cannot be delivered.
      if (child.pid !== undefined) return
      const isMissing = codeOf(cause) === 'ENOENT'
      const what = isMissing ? 'command not found' : 'the command cannot be run'
      reject(
        new FatalError(`${what}: ${codeOf(cause) ?? 'unknown'}`, {
          exitCode: isMissing ? EXIT.notFound : EXIT.notExecutable,
          where: command,
          hint: isMissing
            ? 'give its full path, or see that it is in the PATH'
            : 'it must be a program that this user may execute: chmod +x',
          cause,
        }),
      )
    })
    child.once('exit', (code, signal) => {
      resolve(signal === null ? (code ?? EXIT.failure) : 128 + constants.signals[signal])
    })
  })
}

/** A proxy of the company's must not be asked for our own address. */
function childEnvironment(environment: Environment, url: string): NodeJS.ProcessEnv {
  const child: NodeJS.ProcessEnv = { ...environment, TAILER_API_URL: url }
  const proxied = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'].some(
    (name) => environment[name],
  )
  if (!proxied) return child
  const noProxy = environment['no_proxy'] ?? environment['NO_PROXY']
  const extended = noProxy ? `${noProxy},127.0.0.1` : '127.0.0.1'
  return { ...child, no_proxy: extended, NO_PROXY: extended }
}
