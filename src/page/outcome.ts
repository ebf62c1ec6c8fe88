import type { ErrorHelp, ErrorsDocument, OutcomeKind, RequestEntry } from '../admin/documents.js'

/** Owns what is said about how a request ended. */

/** In the order in which they are drawn and listed. */
export const OUTCOMES = [
  { kind: 'ok', name: 'OK' },
  { kind: 'clientError', name: '4xx of the API' },
  { kind: 'serverError', name: '5xx of the API' },
  { kind: 'proxyError', name: 'Proxy errors' },
  { kind: 'clientClosed', name: 'Client left' },
] as const satisfies readonly { kind: OutcomeKind; name: string }[]

export function outcomeOf({ status, code }: RequestEntry): OutcomeKind {
  if (code === 'CLIENT_CLOSED') return 'clientClosed'
  if (code !== null) return 'proxyError'
  if (status >= 500) return 'serverError'
  return status >= 400 ? 'clientError' : 'ok'
}

/** Whose error it was, what that means, and what to do. */
export interface Explanation extends Partial<ErrorHelp> {
  readonly whose: string
}

/** Undefined for a successful request. */
export function explain(entry: RequestEntry, errors: ErrorsDocument): Explanation | undefined {
  const { status, code } = entry
  if (code !== null) return { whose: whoseCode(code, status), ...errors.codes[code] }
  if (status < 400) return undefined
  const known = errors.upstream[`${status}`]
  if (known !== undefined) return { whose: 'The identity', ...known }
  if (status < 500) {
    const meaning = 'The API refused this request; its response says why. The proxy passed it on.'
    return { whose: 'Your request', meaning }
  }
  const meaning = 'The API itself failed. The proxy passed its response on unchanged.'
  return { whose: 'The API', meaning }
}

function whoseCode(code: string, status: number): string {
  if (code === 'CLIENT_CLOSED') return 'The client'
  if (code.startsWith('UPSTREAM_')) return 'The API, or the way to it'
  return status >= 500 && code !== 'NOT_IMPLEMENTED' ? 'The proxy' : 'Your request'
}
