/** Owns the short way from a command line to settings, or to the error that ends the command. */
import { FatalError } from '../../src/errors.js'
import { readConfigFile } from '../../src/settings/config-file/read-config-file.js'
import { loadSettings } from '../../src/settings/load-settings.js'
import { parseCommandLine } from '../../src/settings/command-line/parse-command-line.js'
import type { Environment } from '../../src/settings/environment/read-variables.js'
import type { Settings } from '../../src/settings/table.js'

export function load(argv: readonly string[] = [], environment: Environment = {}): Settings {
  return loadSettings({ commandLine: parseCommandLine(argv), environment, readConfigFile })
}

/** As `cli.ts` prints it: `WHAT (WHERE)` and the hint, each of one line. */
export interface Failure {
  readonly exitCode: number
  readonly line: string
  readonly hint: string | undefined
}

export function failureOf(argv: readonly string[], environment: Environment = {}): Failure {
  try {
    load(argv, environment)
  } catch (error) {
    if (!(error instanceof FatalError)) throw error
    const { exitCode, message, where, hint } = error
    return { exitCode, line: where === undefined ? message : `${message} (${where})`, hint }
  }
  throw new Error('the settings were accepted')
}
