/** Owns what must hold for every request whose response breaks, whoever asks. */
import { PROXY_ERRORS, type ProxyErrorCode } from '../../src/errors.js'
import type { Seen } from './client.js'

export interface Expectation {
  /** How often the upstream ran it. */
  readonly executions: number
  /** The proxy's own errors that are true; undefined: any. */
  readonly codes: readonly ProxyErrorCode[] | undefined
  /** Nothing of a response came from the upstream: */
  readonly isOwnError: boolean
  /** or something is with the client already. */
  readonly isTruncated: boolean
  readonly mayBeWhole: boolean
}

/** What is wrong, in words; none if all is well. */
export function violationsOf(seen: Seen, expected: Expectation): string[] {
  const { status, code, retryAfter, complaint } = seen
  const violations: string[] = []
  const { executions } = expected
  if (executions > 1) violations.push(`it ran ${executions} times`)
  if (status === 0) violations.push(`no byte of a response came: ${complaint ?? ''}`)
  else if (code !== undefined) violations.push(...violationsOfProblem(seen, expected))
  else {
    const looksWhole = complaint === undefined && !expected.mayBeWhole
    if (looksWhole) violations.push(`a truncated ${status} looks whole`)
    if (expected.isOwnError) violations.push(`${status} instead of the proxy's own error`)
  }
  if (executions > 0 && retryAfter !== undefined) {
    violations.push(`retry-after: ${retryAfter} invites to send again what ran`)
  }
  return violations
}

function violationsOfProblem(
  { status, code, body, complaint }: Seen,
  { executions, codes, isTruncated }: Expectation,
): string[] {
  const violations: string[] = []
  if (complaint !== undefined)
    violations.push(`the proxy's own ${code ?? ''} is truncated: ${complaint}`)
  if (isTruncated) violations.push(`${code ?? ''}, though the response's header has left`)
  if (PROXY_ERRORS[code as ProxyErrorCode][0] !== status) {
    violations.push(`${code ?? ''} has the status ${status}`)
  }
  if (executions > 0 && codes?.includes(code as ProxyErrorCode) === false) {
    violations.push(`${code ?? ''} instead of ${codes.join(' or ')}`)
  }
  if (complaint === undefined && !isProblem(body, status, code)) {
    violations.push(`no problem document: ${body.slice(0, 100)}`)
  }
  return violations
}

function isProblem(body: string, status: number, code: string | undefined): boolean {
  try {
    const problem = JSON.parse(body) as Record<string, unknown>
    return problem['status'] === status && problem['code'] === code
  } catch {
    return false
  }
}
