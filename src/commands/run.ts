import { spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { codeOf, EXIT, FatalError } from '../errors.js'
import { loadIdentity } from '../identity/load-identity.js'
import type { Log } from '../log.js'
import { processEnvironment } from '../settings/process-environment.js'
import type { Environment } from '../settings/read-variables.js'
import type { Settings } from '../settings/table.js'
import { startProxy } from './start-proxy.js'

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGCONT'] as const
/** On a terminal these reach the whole foreground group already; twice would be too much. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGHUP']

/**
 * `tailer-proxy run -- CMD`: a proxy of CMD's own on a free port, for as long as CMD runs. Gives
 * CMD's exit code, as a shell would.
 */
export async function runChild(
  settings: Settings,
  log: Log,
  [command = '', ...args]: readonly string[],
): Promise<number> {
  let child: ChildProcess | undefined = undefined
  const ended = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of FORWARDED) {
      process.on(signal, () => {
        if (child === undefined) resolve(signal)
        else if (!process.stdin.isTTY || !FROM_TERMINAL.includes(signal)) child.kill(signal)
      })
    }
  })
  const { sources } = settings
  if (sources.listen !== 'default') {
    log.warn({ source: sources.listen }, 'run serves on a free port; the given address is not used')
  }
  const own: Settings = {
    ...settings,
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    admin: sources.admin === 'default' ? 'off' : settings.admin,
  }
  const proxy = await Promise.race([startProxy(own, loadIdentity(own), log), ended])
  if (typeof proxy === 'string') return 128 + constants.signals[proxy]

  const started = spawn(command, args, {
    stdio: 'inherit',
    env: childEnvironment(processEnvironment(), proxy.listening),
  })
  child = started
  try {
    return await exitCodeOf(started, command)
  } finally {
    await proxy.drain()
  }
}

/** @throws {FatalError} with exit code 127 or 126 if it never ran */
function exitCodeOf(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      // A running child has this event too: when a signal cannot be delivered.
      if (child.pid !== undefined) return
      const notFound = codeOf(cause) === 'ENOENT'
      const what = notFound ? 'command not found' : 'the command cannot be run'
      const exitCode = notFound ? EXIT.notFound : EXIT.notExecutable
      reject(
        new FatalError(`${what}: ${codeOf(cause) ?? 'unknown'}`, {
          exitCode,
          where: command,
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
