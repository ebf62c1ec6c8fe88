import type { Identity } from '../../identity/identity.js'
import type { Settings } from '../../settings/table.js'
import type { Token } from '../../token/token.js'
import { FatalError } from '../../errors.js'
import type { UpstreamError } from '../../upstream/exchange.js'

export const STEP_NAMES = [
  'settings',
  'credentials',
  'token',
  'clock',
  'proxy',
  'dns',
  'tcp',
  'tls',
  'request',
] as const
export type StepName = (typeof STEP_NAMES)[number]

/** What a step saw, and how to fix it. Neither may hold a secret: reports are pasted. */
export interface Finding {
  readonly status: 'ok' | 'warn' | 'fail' | 'skip'
  readonly detail: string
  readonly hint?: string | undefined
  /** The process's exit code, if the step failed. Default: 5. */
  readonly exitCode?: number
}

/** A step of the report, as `--json` prints it. */
export interface Step {
  readonly name: StepName
  readonly status: Finding['status']
  readonly detail: string
  readonly hint: string | null
  readonly durationMs: number
}

/** What earlier steps found, for later ones. */
export interface CheckState {
  settings?: Settings
  identity?: Identity
  token?: Token
  clockIsWrong?: boolean
  /** When the upstream must have responded, in monotonic milliseconds. */
  respondByMs?: number
  /** There is a tunnel through a company proxy, which resolves and connects for us. */
  proxied?: boolean
  /** The upstream's addresses; undefined until resolved. */
  addresses?: readonly string[]
  /** Steps that failed, or were skipped because of one that did. */
  readonly lacking: Set<StepName>
}

export function ok(detail: string): Finding {
  return { status: 'ok', detail }
}

export function skip(detail: string): Finding {
  return { status: 'skip', detail }
}

export function warn(detail: string, hint: string): Finding {
  return { status: 'warn', detail, hint }
}

export function fail(detail: string, hint?: string, exitCode?: number): Finding {
  return { status: 'fail', detail, hint, ...(exitCode !== undefined && { exitCode }) }
}

/** A fatal error's message is ours, and safe to show; any other error is rethrown. */
export function failOf(error: unknown): Finding {
  if (!(error instanceof FatalError)) throw error
  const { message, where, hint, exitCode } = error
  return fail(where === undefined ? message : `${message} (${where})`, hint, exitCode)
}

/** The reason of a timeout names the stage that took too long. */
export function reasonOf({ code, reason }: UpstreamError): string {
  return code === 'UPSTREAM_TIMEOUT' ? `no response in time (${reason})` : reason
}
