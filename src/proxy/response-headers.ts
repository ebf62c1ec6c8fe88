import type { FlatHeaders } from '../upstream/exchange.js'
import { HOP_BY_HOP, listedNames } from './hop-by-hop.js'
import { ERROR_HEADER } from './problem.js'

/** Owns what of the upstream's header goes back: all of it, but for what is about a connection. */

export interface ResponseHeaders {
  /** For the client: name, value, … */
  readonly fields: string[]
  /** Bytes announced; undefined if they are not. */
  readonly contentLength: number | undefined
  /** Events may be far apart: no idle timeout. */
  readonly isEventStream: boolean
}

/**
 * @param upstreamOrigin `location`s on it are rewritten,
 * @param localOrigin to this, by which the client called; undefined leaves only their path
 */
export function readResponseHeaders(
  headers: FlatHeaders,
  upstreamOrigin: string,
  localOrigin: string | undefined,
): ResponseHeaders {
  const fields: string[] = []
  let contentLength: number | undefined
  let isEventStream = false
  let listed: string[] | undefined

  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    let value = headers[i + 1] as string
    if (name.startsWith(':') || name === ERROR_HEADER) continue
    if (name === 'connection') (listed ??= []).push(...listedNames(value))
    if (HOP_BY_HOP.has(name)) continue
    if (name === 'content-length') contentLength = Number(value)
    else if (name === 'content-type') isEventStream = /^text\/event-stream\s*(?:;|$)/i.test(value)
    else if (name === 'location') value = toLocal(value, upstreamOrigin, localOrigin ?? '')
    fields.push(name, value)
  }
  return {
    fields: listed === undefined ? fields : without(fields, listed),
    contentLength,
    isEventStream,
  }
}

function without(fields: string[], names: readonly string[]): string[] {
  return fields.filter((_, i) => !names.includes(fields[i - (i % 2)] as string))
}

function toLocal(location: string, upstreamOrigin: string, localOrigin: string): string {
  const prefix = location.slice(0, upstreamOrigin.length)
  if (prefix.toLowerCase() !== upstreamOrigin) return location
  const rest = location.slice(upstreamOrigin.length)
  if (rest !== '' && !/^[/?#]/.test(rest)) return location
  return `${localOrigin}${rest}` || '/'
}
