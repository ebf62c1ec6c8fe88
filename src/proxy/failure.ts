import { PROXY_ERRORS, type ProxyErrorCode } from '../errors.js'

/** Why a request did not get a complete response from the upstream. */
export interface Failure {
  readonly code: ProxyErrorCode | 'CLIENT_CLOSED'
  /** For the log. */
  readonly reason?: string | undefined
  /** For the client, where the code's fixed text does not say what happened. */
  readonly detail?: string | undefined
  /** The error for a client that has left, in case it is still reading. Default: `UPSTREAM_TIMEOUT`. */
  readonly told?: ProxyErrorCode
  /** For 503. Default: 1. */
  readonly retryAfterSeconds?: number
}

/** Why the rest of a request cannot be read. */
export interface RequestFault {
  readonly code: ProxyErrorCode
  /** For a person. */
  readonly detail: string | undefined
  /** The client has closed the connection, or its sending half. */
  readonly isGone?: boolean
}

/** What the client saw, and who it came from. */
export interface Verdict {
  readonly status: number
  readonly source: 'upstream' | 'proxy'
}

/** For codes whose fixed text says that the request may have been processed, when it was not. */
const NOT_PROCESSED: Readonly<Partial<Record<ProxyErrorCode, string>>> = {
  UPSTREAM_RESET: 'The upstream broke off before it took the request, which was not processed.',
  UPSTREAM_PROTOCOL:
    'The upstream sent what is not valid HTTP/2, before it took the request, which was not processed.',
  UPSTREAM_TIMEOUT: 'The upstream did not take the request in time. The request was not processed.',
}

/** Codes about the client, part of whose request may have been sent upstream. */
const ABOUT_THE_CLIENT: ReadonlySet<ProxyErrorCode> = new Set(['BAD_REQUEST', 'REQUEST_TIMEOUT'])

/** The drain timed out, or a second signal came, while the upstream had the request. */
export const OVERRUN: Failure = {
  code: 'UPSTREAM_TIMEOUT',
  reason: 'shutting down',
  detail:
    'The proxy shut down before the upstream responded. The request may have been processed: ' +
    'check its status before you send it again.',
}

/** @returns undefined where the code's fixed text applies */
export function detailOf(
  code: ProxyErrorCode,
  detail: string | undefined,
  mayHaveRun: boolean,
): string | undefined {
  if (!mayHaveRun) return NOT_PROCESSED[code] ?? detail
  if (!ABOUT_THE_CLIENT.has(code)) return detail
  const what =
    detail ??
    (code === 'BAD_REQUEST'
      ? 'The body of the request is malformed.'
      : 'The body of the request did not arrive in time.')
  return `${what} At least its beginning went upstream: the request may have been processed.`
}

export function verdictOf(
  failure: Failure | undefined,
  response: { readonly isUpstreams: boolean; readonly status: number },
): Verdict {
  if (failure?.code === 'CLIENT_CLOSED') return { status: 499, source: 'proxy' }
  if (failure === undefined || response.isUpstreams) {
    return { status: response.status, source: 'upstream' }
  }
  return { status: PROXY_ERRORS[failure.code][0], source: 'proxy' }
}
