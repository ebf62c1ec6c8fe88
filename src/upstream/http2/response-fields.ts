import type { FlatHeaders } from '../exchange.js'

/** Owns what makes the fields of a response malformed (RFC 9113 §8.2.2 and §8.3.2). */

/** Fields about one HTTP/1 connection, which HTTP/2 has not. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

const COLON = 58

/** The status that a response's fields begin with, 100 to 999; 0 if they are malformed. */
export function statusOf(fields: FlatHeaders): number {
  const [name, value = ''] = fields
  if (name !== ':status' || !/^[1-9][0-9]{2}$/.test(value) || value === '101') return 0
  return areRegular(fields, 2) ? Number(value) : 0
}

/** Whether no field from `start` on is a pseudo-header field or about a connection. */
export function areRegular(fields: FlatHeaders, start: number): boolean {
  for (let i = start; i < fields.length; i += 2) {
    const name = fields[i] as string
    if (name.charCodeAt(0) === COLON || CONNECTION_FIELDS.has(name)) return false
  }
  return true
}
