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
  /** Of the process, if the step failed. Default: 5. */
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

/** What earlier steps found out, for later ones. */
export interface CheckState {
  settings?: Settings
  identity?: Identity
  token?: Token
  clockIsWrong?: boolean
  /** Monotonic, in milliseconds: when the upstream has had time enough to answer. */
  answerByMs?: number
  /** A way through the company's proxy stands, so names and TCP are its affair. */
  proxied?: boolean
  /** Of the upstream; undefined until DNS gave them. */
  addresses?: readonly string[]
  /** The steps that failed, or were skipped for one that did. */
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

/** The message of a fatal error is ours, and safe to show; any other is thrown on. */
export function failOf(error: unknown): Finding {
  if (!(error instanceof FatalError)) throw error
  const { message, where, hint, exitCode } = error
  return fail(where === undefined ? message : `${message} (${where})`, hint, exitCode)
}

/** Of a timeout, the reason names the stage that took too long. */
export function reasonOf({ code, reason }: UpstreamError): string {
  return code === 'UPSTREAM_TIMEOUT' ? `no response in time (${reason})` : reason
}
