/** Owns a run of `check` in this process, and its report. */
import { check } from '../../../src/commands/check.js'
import type { Step } from '../../../src/commands/check/finding.js'
import type { ReportTarget } from '../../../src/commands/check/report.js'
import type { Environment } from '../../../src/settings/environment/read-variables.js'
import { load } from '../../settings/load.js'

export interface Report {
  readonly exitCode: number
  readonly output: string
  readonly steps: readonly Step[]
  readonly of: (name: string) => Step | undefined
}

/** With `--json`. */
export async function runCheck(
  argv: readonly string[],
  environment: Environment = {},
): Promise<Report> {
  const { exitCode, output } = await printCheck(argv, environment, true)
  const { ok, steps } = JSON.parse(output) as { ok: boolean; steps: Step[] }
  if (ok !== (exitCode === 0)) throw new Error(`ok is ${String(ok)}, the exit code ${exitCode}`)
  return { exitCode, output, steps, of: (name) => steps.find((step) => step.name === name) }
}

/** As it is printed. */
export async function printCheck(
  argv: readonly string[],
  environment: Environment = {},
  json = false,
): Promise<{ exitCode: number; output: string }> {
  let output = ''
  const target: ReportTarget = {
    columns: 100,
    hasColors: false,
    write: (text) => void (output += text),
  }
  const exitCode = await check(() => load(argv, environment), { json, target })
  return { exitCode, output }
}
