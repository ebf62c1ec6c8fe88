/**
 * Owns what is reported when a token endpoint returned no token. A foreign error may hold
 * assertions, refresh tokens and URLs with keys, so only the host, the status and a known code are
 * kept.
 */
import { codeOf } from '../../errors.js'
import { describeCode } from '../../system-codes.js'
import { MintError } from '../../token/token-source.js'
import { ResponseTooLarge, type EndpointResponse } from './ask-endpoint.js'
import { parseJsonObject } from '../file/parse-json-object.js'

const KEY_BLOCKED = 'the API key of the login is restricted: ask whoever administers Tailer'

/** What the codes mean for the user; unlisted codes are not shown. */
const HINTS: Readonly<Partial<Record<string, string>>> = {
  // RFC 6749 §5.2
  invalid_grant:
    'the credential was revoked or has expired, or the clock of this machine is wrong: log in again, or create a new key',
  invalid_client:
    'the account or client was deleted or disabled: log in again, or create a new key',
  unauthorized_client: 'the account may not ask for this token: check its roles, and --token-type',
  invalid_request: 'check --audience and --token-type',
  invalid_scope: 'check --token-type',
  invalid_target: 'check the audience in the credentials file',
  access_denied: 'check the roles of the account',
  // Google's status codes
  PERMISSION_DENIED:
    'give the account the role Service Account Token Creator on the account it impersonates',
  SERVICE_DISABLED:
    'enable the IAM Service Account Credentials API in the project of the impersonated account',
  UNAUTHENTICATED: 'log in again, or create a new key',
  NOT_FOUND: 'check the address in --impersonate',
  // Firebase's
  TOKEN_EXPIRED: 'log in again with `tailer auth login`',
  USER_DISABLED: 'the user was disabled: ask whoever administers Tailer',
  USER_NOT_FOUND: 'log in again with `tailer auth login`',
  INVALID_REFRESH_TOKEN: 'log in again with `tailer auth login`',
  MISSING_REFRESH_TOKEN: 'log in again with `tailer auth login`',
  API_KEY_INVALID: 'log in again with `tailer auth login`',
  API_KEY_SERVICE_BLOCKED: KEY_BLOCKED,
  API_KEY_HTTP_REFERRER_BLOCKED: KEY_BLOCKED,
  API_KEY_IP_ADDRESS_BLOCKED: KEY_BLOCKED,
}

/** What the status means by itself, where there is no code. */
function hintForStatus(status: number): string {
  if (status === 429) return 'too many tokens were asked for: the proxy retries by itself, later'
  if (status >= 500) return 'nothing is wrong on this side: the proxy retries by itself'
  if (status === 401 || status === 403) {
    return 'the credentials are refused: log in again, or create a new key, and check the roles of the account'
  }
  if (status === 400) {
    return 'the credentials may be damaged or out of date: log in again, or create a new key'
  }
  return 'check the address of the endpoint: --google-token-url, --firebase-token-url, or the credentials file'
}

const NETWORK_HINT = 'check the network; behind a company proxy, set HTTPS_PROXY'

/** The endpoint responded without a token. */
export class RefusedByEndpoint extends Error {
  readonly response: EndpointResponse

  constructor(response: EndpointResponse) {
    super()
    this.response = response
  }
}

/**
 * @param error from Gaxios, which wraps whatever was thrown
 * @param host of the endpoint, the only part of its URL that is shown
 */
export function endpointError(error: unknown, host: string): MintError {
  const cause = field(error, 'cause')
  if (cause instanceof RefusedByEndpoint) return refusal(cause.response, host)
  if (cause instanceof ResponseTooLarge) {
    return new MintError(`${host} sent a response of more than 64KiB`)
  }
  if (field(cause, 'name') === 'AbortError') {
    return new MintError(`${host} did not respond within 10 s`, { hint: NETWORK_HINT })
  }
  const code = codeOf(cause) ?? 'unknown'
  return new MintError(`${host} cannot be reached: ${describeCode(code)}`, { hint: hintFor(code) })
}

function hintFor(code: string): string {
  if (code.startsWith('proxy')) return 'check HTTPS_PROXY, or put the host into NO_PROXY'
  if (/CERT|ISSUER|SIGNATURE|ALTNAME/.test(code)) {
    return 'if a company proxy intercepts TLS, name its CA in NODE_EXTRA_CA_CERTS'
  }
  return NETWORK_HINT
}

function refusal({ status, headers, text }: EndpointResponse, host: string): MintError {
  const code = knownCode(parseJsonObject(text))
  const hint = (code === undefined ? undefined : HINTS[code]) ?? hintForStatus(status)
  return new MintError(`${host} answered ${status}${code === undefined ? '' : ` (${code})`}`, {
    retryAfterMs: retryAfterMs(headers),
    hint,
  })
}

/** OAuth's `error`, Google's `error.status`, Firebase's `error.message`. */
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

/**
 * RFC 9110 §10.2.3: seconds, or a date by the endpoint's clock rather than ours. Limited to a
 * quarter of an hour.
 */
function retryAfterMs(headers: Headers): number {
  const text = headers.get('retry-after') ?? ''
  const said = Date.parse(headers.get('date') ?? '')
  const now = Number.isNaN(said) ? Date.now() : said
  const ms = /^[0-9]+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Math.min(15 * 60_000, Math.max(0, ms || 0))
}
