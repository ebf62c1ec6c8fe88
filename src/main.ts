/** Owns the path from the command line to an exit code; the only place that ends the process. */
import { isatty } from 'node:tty'
import { ENDING, Signals, STOPPING } from './commands/signals.js'
import { keepCompiledCode } from './compile-cache.js'
import { codeOf, EXIT, FatalError } from './errors.js'
import { describeFailure, failureText } from './failure.js'
import { LineSink, openForLines } from './log/line-sink.js'
import type { Log, writeFatal as WriteFatal } from './log/log.js'
import { describeSettings } from './settings/describe-settings.js'
import { configFileOf, loadSettings } from './settings/load-settings.js'
import { type CommandLine, parseCommandLine } from './settings/command-line/parse-command-line.js'
import { processEnvironment } from './settings/environment/process-environment.js'
import type { Settings } from './settings/table.js'
import { fatalOf, SettingsError } from './settings/problem.js'
import { usageFor } from './settings/help/usage.js'
import { version } from './version.js'

let logSink: LineSink | undefined
let logFormat: string | undefined
let writeFatal: typeof WriteFatal | undefined

async function main(): Promise<number> {
  keepCompiledCode(processEnvironment())
  const commandLine = parseCommandLine(process.argv.slice(2))
  if (commandLine.help) return printed(usageFor(commandLine.topic))
  if (commandLine.version) return printed(`tailer-proxy ${version()}\n`)
  return run(commandLine)
}

function printed(text: string): number {
  process.stdout.write(text)
  return EXIT.ok
}

async function run(commandLine: CommandLine): Promise<number> {
  const { command } = commandLine
  const environment = processEnvironment()
  const readConfigFile =
    configFileOf({ commandLine, environment }) === undefined
      ? undefined
      : (await import('./settings/config-file/read-config-file.js')).readConfigFile
  const load = (): Settings => {
    const settings = loadSettings({ commandLine, environment, readConfigFile })
    logFormat = settings.logFormat
    return settings
  }
  // Each command is loaded only when used: a health check every few seconds must be cheap.
  switch (command) {
    case 'start': {
      const signals = new Signals(STOPPING)
      const { start } = await import('./commands/start.js')
      return withLog(load(), (settings, log) => start(settings, log, signals))
    }
    case 'demo': {
      const signals = new Signals(STOPPING)
      const { demo } = await import('./commands/demo.js')
      return withLog(load(), (settings, log) => demo(settings, log, signals))
    }
    case 'run': {
      const signals = new Signals(ENDING)
      const { runChild, settingsOfRun } = await import('./commands/run.js')
      return withLog(
        settingsOfRun(load()),
        (settings, log) => runChild(settings, log, signals, commandLine.rest),
        // CMD shares stderr.
        true,
      )
    }
    case 'token': {
      const { token } = await import('./commands/token.js')
      return token(load())
    }
    case 'check': {
      const { check } = await import('./commands/check.js')
      return check(load, { json: commandLine.json })
    }
    case 'healthcheck': {
      const { healthcheck } = await import('./commands/healthcheck.js')
      return healthcheck(load())
    }
    case 'wait': {
      const { wait } = await import('./commands/wait.js')
      return wait(load(), commandLine)
    }
    case 'completion':
    case 'help':
    case 'version':
      if (commandLine.problems.length > 0) throw fatalOf(commandLine.problems)
      return printed(await ownText(commandLine))
  }
}

async function ownText({ command, topic, shell }: CommandLine): Promise<string> {
  if (command === 'help') return usageFor(topic)
  if (command === 'version' || shell === undefined) return `tailer-proxy ${version()}\n`
  const { completionFor } = await import('./settings/completion/completion.js')
  return completionFor(shell)
}

async function withLog(
  settings: Settings,
  command: (settings: Settings, log: Log) => Promise<number>,
  isShared = false,
): Promise<number> {
  logSink = new LineSink(openForLines(isShared))
  const log = await createLogOf(settings, logSink)
  log.debug({ settings: describeSettings(settings) }, 'settings')
  return command(settings, log)
}

async function createLogOf(
  { logLevel: level, logFormat: format }: Settings,
  sink: LineSink,
): Promise<Log> {
  const isTerminal = isatty(2)
  if (format === 'pretty' || (format === 'auto' && isTerminal)) {
    const { createPrettyLog } = await import('./log/pretty-log.js')
    // Depends on NO_COLOR, TERM and the like.
    return createPrettyLog({ level, hasColors: isTerminal && process.stderr.hasColors() }, sink)
  }
  const { createLog, writeFatal: write } = await import('./log/log.js')
  writeFatal = write
  return createLog({ level, format: format === 'auto' ? 'json' : format }, sink)
}

/** Reports the error in the configured format; returns the exit code. */
function report(error: unknown): number {
  const failure = describeFailure(error)
  const format = formatFor(error)
  if (writeFatal === undefined || format === undefined) {
    process.stderr.write(failureText(failure))
  } else writeFatal(format, failure, new LineSink(2))
  return failure.exitCode
}

function formatFor(error: unknown): 'json' | 'gcp' | undefined {
  const format = error instanceof SettingsError ? error.logFormat : logFormat
  return format === 'json' || format === 'gcp' ? format : undefined
}

/** The log is flushed before it, and nothing is written after it. */
async function fail(error: unknown): Promise<number> {
  await closeLog()
  if (formatFor(error) !== undefined) ({ writeFatal } = await import('./log/log.js'))
  return report(error)
}

async function closeLog(): Promise<void> {
  const sink = logSink
  logSink = undefined
  await sink?.close()
}

let stdoutFault: string | undefined
process.stdout.on('error', (error) => {
  // A reader that has seen enough, such as `head`, is no error.
  if (codeOf(error) !== 'EPIPE') stdoutFault = codeOf(error) ?? 'unknown'
})
// Node would print all properties of the error, too.
process.on('uncaughtException', (error) => {
  logSink?.pass()
  process.exit(report(error))
})
// Otherwise Node opens its debugger, through which anyone on this machine can read the token.
process.on('SIGUSR1', () => undefined)
void end()

/** A function, since the single executable is a CommonJS script without top-level await. */
async function end(): Promise<never> {
  let exitCode = await main().catch(fail)
  // Errors of stdout arrive in a later tick.
  await new Promise(setImmediate)
  await closeLog()
  if (exitCode === EXIT.ok && stdoutFault !== undefined) {
    const what = `stdout cannot be written: ${stdoutFault}`
    exitCode = await fail(new FatalError(what, { exitCode: EXIT.failure }))
  }
  process.exit(exitCode)
}
