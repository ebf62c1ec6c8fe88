/**
 * Owns every error of the project: the table of responses to clients, and the fatal errors that end
 * a command. Texts here are fixed; foreign errors are only passed as `cause`, never shown.
 */

/** Responses to clients. `detail` is for a person and holds no address, token, key or stack. */
export const PROXY_ERRORS = {
  BAD_REQUEST: [400, 'Bad Request', 'The request is malformed and was not forwarded.'],
  HOST_NOT_ALLOWED: [
    403,
    'Host Not Allowed',
    'The Host of this request is not allowed. Add it with --allowed-host.',
  ],
  ORIGIN_NOT_ALLOWED: [
    403,
    'Origin Not Allowed',
    'Web pages may not call this proxy. To let this one in, add its origin with --allowed-origin.',
  ],
  USER_NOT_ALLOWED: [
    403,
    'User Not Allowed',
    'This user of the machine may not call this proxy (--allowed-user).',
  ],
  NOT_ALLOWED: [
    403,
    'Not Allowed',
    'No rule of this proxy (--allow, --read-only) allows this method and path.',
  ],
  HEADER_REQUIRED: [
    403,
    'Header Required',
    'The request lacks the header that this proxy requires, or its value is wrong.',
  ],
  METHOD_NOT_ALLOWED: [405, 'Method Not Allowed', 'CONNECT and TRACE are not forwarded.'],
  REQUEST_TIMEOUT: [
    408,
    'Request Timeout',
    'The body of the request did not arrive in time: send it without long pauses.',
  ],
  EXPECTATION_FAILED: [
    417,
    'Expectation Failed',
    'The only expectation supported is 100-continue.',
  ],
  HEADERS_TOO_LARGE: [431, 'Headers Too Large', 'The request headers exceed the limit.'],
  NOT_IMPLEMENTED: [501, 'Not Implemented', 'This proxy does not support WebSocket connections.'],
  UPSTREAM_UNREACHABLE: [
    502,
    'Upstream Unreachable',
    'The proxy could not connect to the upstream. `tailer-proxy check` shows which step fails.',
  ],
  UPSTREAM_TLS: [
    502,
    'Upstream TLS Failure',
    'The upstream could not prove its identity, or does not speak HTTP/2. Nothing was sent to it.',
  ],
  UPSTREAM_RESET: [
    502,
    'Upstream Reset',
    'The upstream broke off before its response began. The request may have been processed.',
  ],
  UPSTREAM_PROTOCOL: [
    502,
    'Upstream Protocol Error',
    'The upstream sent a response that is not valid HTTP/2. The request may have been processed.',
  ],
  TOKEN_UNAVAILABLE: [
    503,
    'Token Unavailable',
    'The proxy holds no usable token at the moment; nothing was sent upstream. Try again later.',
  ],
  OVERLOADED: [503, 'Overloaded', 'Too many requests are in flight. Try again shortly.'],
  SHUTTING_DOWN: [503, 'Shutting Down', 'The proxy is shutting down.'],
  UPSTREAM_TIMEOUT: [
    504,
    'Upstream Timeout',
    'The upstream did not respond in time. The request may have been processed.',
  ],
} as const satisfies Record<string, readonly [status: number, title: string, detail: string]>

/** The `code` of a problem document and of the `x-tailer-proxy-error` header. */
export type ProxyErrorCode = keyof typeof PROXY_ERRORS

/** Process exit codes, as documented in the README. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  credentials: 3,
  listen: 4,
  unavailable: 5,
  notExecutable: 126,
  notFound: 127,
} as const

/** What a fatal error says, and the exit code. */
export interface FatalDetails {
  /** Process exit code, one of `EXIT`. */
  exitCode: number
  /** Where the fault is: a flag, a variable, a file and key. Never a credential's content. */
  where?: string
  /** How to fix it. */
  hint?: string
  cause?: unknown
}

/**
 * Ends the command. Printed by `main.ts` as `tailer-proxy: WHAT (WHERE)` and `hint: …`; the message
 * is ours, a foreign error goes into `cause`.
 */
export class FatalError extends Error {
  override readonly name = 'FatalError'
  readonly exitCode: number
  readonly where: string | undefined
  readonly hint: string | undefined

  constructor(what: string, { exitCode, where, hint, cause }: FatalDetails) {
    super(what, { cause })
    this.exitCode = exitCode
    this.where = where
    this.hint = hint
  }
}

/**
 * The machine-readable code of a foreign error (`ECONNREFUSED`, `ERR_TLS_CERT_ALTNAME_INVALID`),
 * the only part of it that may be logged: messages can quote secrets.
 */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
