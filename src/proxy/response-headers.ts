import { validateHeaderValue } from 'node:http'
import { isHostField } from '../access/allowed-hosts.js'
import type { FlatHeaders } from '../upstream/exchange.js'
import { HOP_BY_HOP, listedNames, without } from './hop-by-hop.js'
import { ERROR_HEADER } from './problem.js'

/** Owns which of the upstream's headers are forwarded: all, except those about a connection. */

export interface ResponseHeaders {
  /** For the client: name, value, … */
  readonly fields: string[]
  /** The content length in bytes; undefined if there is none. */
  readonly contentLength: number | undefined
  /** Events may be far apart: no idle timeout. */
  readonly isEventStream: boolean
}

/**
 * @param upstreamOrigin `location`s on this origin are rewritten
 * @param host the client's Host, which replaces it; if that is no host, as on a unix socket, only
 * the path is left
 */
export function readResponseHeaders(
  headers: FlatHeaders,
  upstreamOrigin: string,
  host: string | undefined,
): ResponseHeaders {
  const fields: string[] = []
  let contentLength: number | undefined
  let announced: string | undefined
  let isEventStream = false
  let isEmpty = false
  let listed: string[] | undefined

  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    let value = headers[i + 1] as string
    if (name.startsWith(':')) {
      // RFC 9110 §8.6: a 204 has no `content-length`.
      isEmpty = value === '204'
      continue
    }
    if (name === ERROR_HEADER || (isEmpty && name === 'content-length')) continue
    if (name === 'connection') (listed ??= []).push(...listedNames(value))
    if (HOP_BY_HOP.has(name)) continue
    if (name === 'content-length') {
      contentLength = Number(value)
      announced = value
      continue
    }
    if (name === 'content-type') isEventStream = /^text\/event-stream\s*(?:;|$)/i.test(value)
    else if (name === 'location') value = toLocal(value, upstreamOrigin, host)
    fields.push(name, value)
  }
  // Must be last: Node would decode a `content-disposition` after it, and change its bytes.
  if (announced !== undefined) fields.push('content-length', announced)
  return {
    fields: listed === undefined ? fields : without(fields, listed),
    contentLength,
    isEventStream,
  }
}

/**
 * The scheme may be left out (RFC 3986 §4.2). Applications behind a proxy that terminates TLS often
 * say `http:`, which would lead the client past us, in clear text.
 */
const REFERENCE = /^(?:(https?):)?\/\/([^/?#]*)/i

function toLocal(location: string, upstreamOrigin: string, localHost: string | undefined): string {
  const [prefix = '', scheme = 'https', authority] = REFERENCE.exec(location) ?? []
  if (authority === undefined) return location
  const defaultPort = scheme.toLowerCase() === 'http' ? ':80' : ':443'
  const host = authority.toLowerCase()
  const named = host.endsWith(defaultPort) ? host.slice(0, -defaultPort.length) : host
  if (`https://${named}` !== upstreamOrigin) return location
  const localOrigin = localHost !== undefined && isHostField(localHost) ? `http://${localHost}` : ''
  return `${localOrigin}${location.slice(prefix.length)}` || '/'
}

/** Whether Node can write all of these: HTTP/2 allows control characters that HTTP/1 does not. */
export function canHttp1Carry(fields: readonly string[]): boolean {
  try {
    for (let i = 0; i < fields.length; i += 2) {
      validateHeaderValue(fields[i] as string, fields[i + 1] as string)
    }
    return true
  } catch {
    return false
  }
}
