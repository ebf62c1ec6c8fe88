import { EXIT } from '../errors.js'
import type { Settings } from '../settings/table.js'
import {
  type CheckState,
  type Finding,
  type Step,
  STEP_NAMES,
  type StepName,
} from './check/finding.js'
import { checkCredentials, checkSettings, checkToken } from './check/local-steps.js'
import { checkDns, checkProxy, checkTcp, checkTls } from './check/network-steps.js'
import { checkClock, checkRequest } from './check/upstream-steps.js'

export interface CheckOptions {
  json: boolean
}

/**
 * `tailer-proxy check`: each step from the settings to an authenticated request, with what was
 * seen and how to mend it. The report is safe to paste. Gives the exit code: 0, or that of the
 * first step that failed.
 */
export async function check(load: () => Settings, { json }: CheckOptions): Promise<number> {
  const state: CheckState = { lacking: new Set() }
  const steps: Step[] = []
  let exitCode: number = EXIT.ok
  for (const name of STEP_NAMES) {
    const startedMs = performance.now()
    const { status, detail, hint, exitCode: ownCode } = await look(name, state, load)
    if (status === 'fail' || (status === 'skip' && !state.proxied)) state.lacking.add(name)
    if (status === 'fail' && exitCode === EXIT.ok) exitCode = ownCode ?? EXIT.unavailable
    const durationMs = Math.round(performance.now() - startedMs)
    const step = { name, status, detail: onOneLine(detail), hint: hint ?? null, durationMs }
    steps.push(step)
    // As they happen: a step that hangs is the one to look at.
    if (!json) process.stdout.write(lineOf(step))
  }
  if (json) process.stdout.write(`${JSON.stringify({ ok: exitCode === EXIT.ok, steps })}\n`)
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

function lineOf({ name, status, detail, hint }: Step): string {
  const mend = hint === null ? '' : ` — ${hint}`
  return `${status.padEnd(4)}  ${name.padEnd(11)}  ${detail}${mend}\n`
}

/** Claims and names come from elsewhere: none may draw lines of its own. */
function onOneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}
