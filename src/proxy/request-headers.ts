import type { AllowedHosts } from '../access/allowed-hosts.js'
import { HOP_BY_HOP, listedNames, without } from './hop-by-hop.js'

/**
 * Owns which of a client's headers are forwarded: all, unchanged, except those about this
 * connection, those that could convey an identity or a path, and the `origin` and `referer` of a
 * local page, which make Cloud Run respond with 403.
 */

const DROPPED: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'authorization',
  'expect',
  'forwarded',
  'host',
  'proxy-authenticate',
  'proxy-authorization',
  'x-real-ip',
  'x-request-id',
  'x-serverless-authorization',
])

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/

/** A client's `x-request-id` is kept if it is safe to log. */
export function keptRequestId(requestId: string | undefined): string | undefined {
  return requestId !== undefined && REQUEST_ID.test(requestId) ? requestId : undefined
}

export interface RequestHeadersOptions {
  hosts: AllowedHosts
  /** Name of the header with the shared secret of local callers, in lower case. */
  requiredHeader: string | undefined
}

/** What a client's headers say, sorted out in one pass. */
export interface ClientHeaders {
  /** To forward: name, value, …; names in lower case. */
  readonly fields: string[]
  /** The client's `x-request-id`, if there is one to keep. */
  readonly requestId: string | undefined
  /** Bytes of the body; 0 for none; undefined if it is chunked. */
  readonly contentLength: number | undefined
}

/** What a request's headers need on their way upstream. */
export interface UpstreamHeadersOptions extends RequestHeadersOptions {
  /** Name of the header that carries the token, in lower case. */
  readonly tokenHeader: string
  readonly createRequestId: () => string
  readonly traffic: { holdsSecret(text: string): boolean }
}

/** What goes upstream, and what was learned from it. */
export interface UpstreamHeaders extends Pick<ClientHeaders, 'contentLength'> {
  /** Name, value, …; the value at `tokenAt` is the token's. */
  readonly headers: string[]
  readonly tokenAt: number
  readonly requestId: string
}

export function upstreamHeadersOf(
  rawHeaders: readonly string[],
  options: UpstreamHeadersOptions,
): UpstreamHeaders {
  const {
    fields: headers,
    requestId: given,
    contentLength,
  } = readClientHeaders(rawHeaders, options)
  const isKept = given !== undefined && !options.traffic.holdsSecret(given)
  const requestId = isKept ? given : options.createRequestId()
  const tokenAt = headers.push(options.tokenHeader)
  headers.push('', 'x-request-id', requestId)
  return { headers, tokenAt, requestId, contentLength }
}

/** @param rawHeaders name, value, … unchanged; they passed the guard */
export function readClientHeaders(
  rawHeaders: readonly string[],
  { hosts, requiredHeader }: RequestHeadersOptions,
): ClientHeaders {
  const fields: string[] = []
  let requestId: string | undefined
  let listed: string[] | undefined
  let contentLength: number | undefined = 0
  let takesTrailers = false

  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    const value = rawHeaders[i + 1] as string
    if (name === 'content-length') contentLength = Number(value)
    else if (name === 'transfer-encoding') contentLength = undefined
    // Of two, neither is kept: a list does not match the pattern.
    else if (name === 'x-request-id') requestId = requestId === undefined ? value : `${requestId}, `
    else if (name === 'connection') (listed ??= []).push(...listedNames(value))
    else if (name === 'te') takesTrailers ||= /(?:^|,)\s*trailers\s*(?:,|$)/i.test(value)
    else if ((name === 'origin' || name === 'referer') && hosts.isLocalPage(value)) continue
    if (DROPPED.has(name) || name === requiredHeader || name.startsWith('x-forwarded-')) continue
    fields.push(name, value)
  }
  if (takesTrailers) fields.push('te', 'trailers')
  return {
    fields: listed === undefined ? fields : without(fields, listed),
    requestId: keptRequestId(requestId),
    contentLength,
  }
}
