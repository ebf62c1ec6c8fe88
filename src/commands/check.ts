import { isatty } from 'node:tty'
import { EXIT } from '../errors.js'
import { onOneLine } from '../one-line.js'
import type { Settings } from '../settings/table.js'
import {
  type CheckState,
  failOf,
  type Finding,
  type Step,
  STEP_NAMES,
  type StepName,
} from './check/finding.js'
import { checkCredentials, checkSettings, checkToken } from './check/local-steps.js'
import { checkDns, checkProxy, checkTcp } from './check/network-steps.js'
import { createJsonReport, createTextReport, type ReportTarget } from './check/report.js'
import { checkTls } from './check/tls-step.js'
import { checkClock, checkRequest } from './check/upstream-steps.js'

const MIN_COLUMNS = 72
const FILE_COLUMNS = 100

export interface CheckOptions {
  json: boolean
  /** Default: stdout. */
  target?: ReportTarget
}

/**
 * `tailer-proxy check`: each step from the settings to an authenticated request, with what was seen
 * and how to fix it. The report is safe to paste. Returns the exit code: 0, or that of the first
 * step that failed.
 */
export async function check(
  load: () => Settings,
  { json, target = stdout() }: CheckOptions,
): Promise<number> {
  const report = json ? createJsonReport(target) : createTextReport(target)
  const state: CheckState = { lacking: new Set() }
  const steps: Step[] = []
  let exitCode: number = EXIT.ok
  for (const name of STEP_NAMES) {
    const startedMs = performance.now()
    report.begin(name)
    const finding = await look(name, state, load).catch(failOf)
    const { status, detail, hint, exitCode: ownCode } = finding
    if (status === 'fail' || status === 'skip') state.lacking.add(name)
    if (status === 'fail' && exitCode === EXIT.ok) exitCode = ownCode ?? EXIT.unavailable
    const durationMs = Math.round(performance.now() - startedMs)
    const fix = hint === undefined ? null : onOneLine(hint)
    const step = { name, status, detail: onOneLine(detail), hint: fix, durationMs }
    steps.push(step)
    report.add(step)
  }
  report.end(steps, exitCode)
  return exitCode
}

async function look(name: StepName, state: CheckState, load: () => Settings): Promise<Finding> {
  switch (name) {
    case 'settings':
      return checkSettings(state, load)
    case 'credentials':
      return checkCredentials(state)
    case 'token':
      return checkToken(state)
    case 'clock':
      return checkClock(state)
    case 'proxy':
      return checkProxy(state)
    case 'dns':
      return checkDns(state)
    case 'tcp':
      return checkTcp(state)
    case 'tls':
      return checkTls(state)
    case 'request':
      return checkRequest(state)
  }
}

function stdout(): ReportTarget {
  const { stdout } = process
  // A terminal that does not know its width reports 0; on a narrow one, lines wrap by themselves.
  const isTerminal = isatty(1)
  const columns = isTerminal ? Math.max(stdout.columns, MIN_COLUMNS) : FILE_COLUMNS
  const hasColors = isTerminal && stdout.hasColors()
  return { columns, hasColors, write: (text) => void stdout.write(text) }
}
