#!/usr/bin/env node
/** Owns the way from the command line to an exit code; the only place that ends the process. */
import { readFileSync } from 'node:fs'
import { start } from './commands/start.js'
import { token } from './commands/token.js'
import { EXIT, FatalError } from './errors.js'
import { createLog, type OpenLog } from './log.js'
import { loadSettings } from './settings/load-settings.js'
import { type CommandLine, parseCommandLine } from './settings/parse-command-line.js'
import { processEnvironment } from './settings/process-environment.js'
import { usageFor } from './settings/usage.js'

let openLog: OpenLog | undefined

async function main(): Promise<number> {
  const commandLine = parseCommandLine(process.argv.slice(2))
  if (commandLine.help) {
    process.stdout.write(usageFor(commandLine.command))
    return EXIT.ok
  }
  if (commandLine.version) {
    process.stdout.write(`tailer-proxy ${version()}\n`)
    return EXIT.ok
  }
  return run(commandLine)
}

async function run(commandLine: CommandLine): Promise<number> {
  const settings = loadSettings({ commandLine, environment: processEnvironment() })
  openLog = createLog({
    level: settings.logLevel,
    format: settings.logFormat,
    isTerminal: process.stderr.isTTY,
  })
  switch (commandLine.command) {
    case 'start':
      return start(settings, openLog.log)
    case 'demo': {
      // Loaded only here: a proxy in production needs no certificates of its own making.
      const { demo } = await import('./commands/demo.js')
      return demo(settings, openLog.log)
    }
    case 'token':
      return token(settings)
    default:
      throw new FatalError(`the command ${commandLine.command} is not built yet`, {
        exitCode: EXIT.usage,
      })
  }
}

function version(): string {
  const file = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** `tailer-proxy: WHAT (WHERE)`, and a hint where there is one. Foreign errors are never shown. */
function report(error: unknown): number {
  if (!(error instanceof FatalError)) {
    const name = error instanceof Error ? error.name : typeof error
    process.stderr.write(`tailer-proxy: unexpected failure (${name})\n`)
    const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : []
    process.stderr.write(`${stack.join('\n')}\n`)
    return EXIT.failure
  }
  const where = error.where === undefined ? '' : ` (${error.where})`
  process.stderr.write(`tailer-proxy: ${error.message}${where}\n`)
  if (error.hint !== undefined) process.stderr.write(`hint: ${error.hint}\n`)
  return error.exitCode
}

process.stdout.on('error', () => undefined)
const exitCode = await main().catch(report)
openLog?.flush()
process.exit(exitCode)
