import type { FlatHeaders } from '../upstream/exchange.js'
import { readResponseHeaders } from './response-headers.js'

/**
 * Owns which trailer fields are forwarded: a recipient may reject, or wrongly obey, what belongs in
 * the headers (RFC 9110 §6.5.1): framing, routing, request modifiers, authentication, content
 * format, and what controls the response.
 */
const NEVER_TRAILERS: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expect',
  'expires',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'location',
  'max-forwards',
  'pragma',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'retry-after',
  'set-cookie',
  'vary',
  'warning',
  'www-authenticate',
])

const NONE: [string, string][] = []

/** The trailer fields for the client, as pairs of name and value. */
export function readTrailers(trailers: FlatHeaders): [string, string][] {
  if (trailers.length === 0) return NONE
  const { fields } = readResponseHeaders(trailers, '', undefined)
  const kept: [string, string][] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    if (!NEVER_TRAILERS.has(name)) kept.push([name, fields[i + 1] as string])
  }
  return kept
}
