import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { isatty } from 'node:tty'
import { describeCode } from '../system-codes.js'
import { codeOf, EXIT, FatalError } from '../errors.js'
import { loadIdentity } from '../identity/load-identity.js'
import type { Log } from '../log/log.js'
import { processEnvironment } from '../settings/environment/process-environment.js'
import type { Environment } from '../settings/environment/read-variables.js'
import type { Settings } from '../settings/table.js'
import { ENDING, Signals } from './signals.js'
import { startProxy } from './start-proxy.js'

const FORWARDED = [...ENDING, 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGTSTP', 'SIGCONT'] as const
/** On a terminal these already reach the whole foreground group; twice would be too much. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGWINCH',
  'SIGTSTP',
]

/** Time for requests from processes that CMD left behind, unless `--drain-timeout` is given. */
const GRACE_MS = 2_000

/**
 * The settings of CMD's own proxy: a free port, no admin listener unless one is given, only
 * warnings in the log unless a level is given, since CMD shares stderr, and a short drain.
 */
export function settingsOfRun(settings: Settings): Settings {
  const { sources } = settings
  return {
    ...settings,
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    admin: sources.admin === 'default' ? 'off' : settings.admin,
    logLevel: sources.logLevel === 'default' ? 'warn' : settings.logLevel,
    drainTimeoutMs: sources.drainTimeoutMs === 'default' ? GRACE_MS : settings.drainTimeoutMs,
  }
}

/**
 * `tailer-proxy run -- CMD`: a proxy for CMD alone, while CMD runs. Returns CMD's exit code, as a
 * shell would.
 * @param settings from `settingsOfRun`
 * @param signals that end `run` itself before CMD has started: `ENDING`
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
  // In this order, a signal can never end this process but not CMD.
  const unforward = forwardSignals(child)
  signals.stop()
  try {
    return await exitCodeOf(child, command)
  } finally {
    const again = new Signals(ENDING)
    unforward()
    const { inFlight } = proxy
    if (inFlight > 0) {
      const waiting = 'the command has exited; waiting for requests of processes it left behind'
      log.warn({ inFlight, atMostMs: settings.drainTimeoutMs }, waiting)
    }
    await Promise.race([proxy.drain(), again.next()])
  }
}

/** Returns a function that stops forwarding. */
function forwardSignals(child: ChildProcess): () => void {
  const listener = (signal: NodeJS.Signals): void => {
    if (!isOnTerminal() || !FROM_TERMINAL.includes(signal)) child.kill(signal)
    // Our listener replaced its default action.
    if (signal === 'SIGTSTP') process.kill(process.pid, 'SIGSTOP')
  }
  for (const signal of FORWARDED) process.on(signal, listener)
  return () => {
    for (const signal of FORWARDED) process.off(signal, listener)
  }
}

/** Not through `process.stdin`: merely accessing it makes a pipe non-blocking, for CMD too. */
function isOnTerminal(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor))
}

/** @throws {FatalError} with exit code 127 or 126 if it never ran */
function exitCodeOf(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      // A running child also emits this if a signal cannot be delivered.
      if (child.pid !== undefined) return
      reject(spawnError(command, cause))
    })
    child.once('exit', (code, signal) => {
      resolve(signal === null ? (code ?? EXIT.failure) : 128 + constants.signals[signal])
    })
  })
}

/** Distinguishes the cases a shell does: ENOENT can also be about a script's interpreter. */
function spawnError(command: string, cause: Error): FatalError {
  const code = codeOf(cause) ?? 'unknown'
  const path = code === 'ENOENT' ? findCommand(command) : undefined
  if (path !== undefined) {
    return new FatalError('the interpreter of the command does not exist', {
      exitCode: EXIT.notExecutable,
      where: command,
      hint: `see the first line (#!) of ${path}, also for a carriage return at its end; of a binary, its loader`,
      cause,
    })
  }
  const isMissing = code === 'ENOENT'
  const isFolder = command.includes('/') && existsSync(`${command}/.`)
  const what = isMissing ? 'command not found' : 'the command cannot be run'
  return new FatalError(isMissing ? what : `${what}: ${describeCode(code)}`, {
    exitCode: isMissing ? EXIT.notFound : EXIT.notExecutable,
    where: command,
    hint: isMissing
      ? 'give its full path, or see that it is in the PATH'
      : isFolder
        ? 'it is a directory: name a program in it'
        : 'it must be a program that this user may execute: chmod +x',
    cause,
  })
}

function findCommand(command: string): string | undefined {
  const folders = processEnvironment()['PATH']?.split(delimiter) ?? []
  const paths = command.includes('/') ? [command] : folders.map((folder) => join(folder, command))
  return paths.find((path) => existsSync(path))
}

/**
 * CMD does not get the proxy's own token: it has the proxy. And it must not send requests for our
 * address through a company proxy.
 */
function childEnvironment(environment: Environment, url: string): NodeJS.ProcessEnv {
  const child: NodeJS.ProcessEnv = { ...environment, TAILER_API_URL: url }
  delete child['TAILER_PROXY_TOKEN']
  const proxied = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'].some(
    (name) => environment[name],
  )
  if (!proxied) return child
  const noProxy = environment['no_proxy'] ?? environment['NO_PROXY']
  const extended = noProxy ? `${noProxy},127.0.0.1` : '127.0.0.1'
  return { ...child, no_proxy: extended, NO_PROXY: extended }
}
