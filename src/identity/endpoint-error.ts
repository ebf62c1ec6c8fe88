/**
 * Owns what is told of a token endpoint that gave no token. A foreign error may hold assertions,
 * refresh tokens and URLs with keys, so nothing of it goes on but its host, status and a known code.
 */
import { codeOf } from '../errors.js'
import { MintError } from '../token/token-source.js'

/** What the codes mean for the user; a code that is not listed here is not shown. */
const HINTS: Readonly<Partial<Record<string, string>>> = {
  // RFC 6749, 5.2
  invalid_grant:
    'the credential was revoked or has expired, or the clock of this machine is wrong: log in again, or create a new key',
  invalid_client:
    'the account or client was deleted or disabled: log in again, or create a new key',
  unauthorized_client:
    'the account may not ask for this token: look at its roles, and --token-type',
  invalid_request: 'look at --audience and --token-type',
  invalid_scope: 'look at --token-type',
  invalid_target: 'look at the audience in the credentials file',
  access_denied: 'look at the roles of the account',
  // Google's status codes
  PERMISSION_DENIED:
    'give the account the role Service Account Token Creator on the one that is impersonated',
  UNAUTHENTICATED: 'log in again, or create a new key',
  NOT_FOUND: 'look at the address in --impersonate',
  // Firebase's
  TOKEN_EXPIRED: 'log in again with `tailer auth login`',
  USER_DISABLED: 'the user was disabled: ask whoever administers Tailer',
  USER_NOT_FOUND: 'log in again with `tailer auth login`',
  INVALID_REFRESH_TOKEN: 'log in again with `tailer auth login`',
  MISSING_REFRESH_TOKEN: 'log in again with `tailer auth login`',
  API_KEY_INVALID: 'log in again with `tailer auth login`',
}

/** @param host of the endpoint, which is all of its URL that is told */
export function endpointError(error: unknown, host: string): MintError {
  if (error instanceof MintError) return error
  const response = field(error, 'response')
  if (response instanceof Object && 'status' in response) return answerError(response, host)
  if (timedOut(error)) return new MintError(`${host} did not answer within 10 s`)
  const code = codeOf(error) ?? codeOf(field(error, 'cause')) ?? 'unknown'
  return new MintError(`${host} cannot be reached: ${code}`)
}

/** An answer that is no token. */
function answerError(response: object, host: string): MintError {
  const code = knownCode(field(response, 'data'))
  const hint = code === undefined ? undefined : HINTS[code]
  const headers = field(response, 'headers')
  // Not the global class: Gaxios brings its own.
  const after = (headers as Headers | undefined)?.get('retry-after')
  const status = String(field(response, 'status'))
  return new MintError(`${host} answered ${status}${code === undefined ? '' : ` (${code})`}`, {
    retryAfterMs: typeof after === 'string' ? retryAfterMs(after) : 0,
    ...(hint !== undefined && { hint }),
  })
}

/** `error` of OAuth, `error.status` of Google's APIs, `error.message` of Firebase. */
function knownCode(data: unknown): string | undefined {
  const error = field(data, 'error')
  const details = field(error, 'details')
  const reasons = Array.isArray(details) ? details.map((one: unknown) => field(one, 'reason')) : []
  const message = field(error, 'message')
  const firstWord = typeof message === 'string' ? message.split(/[ :]/, 1)[0] : undefined
  return [error, firstWord, ...reasons, field(error, 'status')].find(
    (code): code is string => typeof code === 'string' && Object.hasOwn(HINTS, code),
  )
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return (value as Record<string, unknown>)[name]
}

/** RFC 9110, 10.2.3: seconds, or a date. At most a quarter of an hour is believed. */
function retryAfterMs(text: string): number {
  const ms = /^[0-9]+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Math.min(15 * 60_000, Math.max(0, Number.isNaN(ms) ? 0 : ms))
}

function timedOut(error: unknown): boolean {
  return [error, field(error, 'cause')].some((one) => {
    const name = field(one, 'name')
    return name === 'TimeoutError' || name === 'AbortError'
  })
}
