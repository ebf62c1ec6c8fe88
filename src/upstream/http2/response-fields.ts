import type { FlatHeaders } from '../exchange.js'

/** Owns what the fields of a response mean, and what makes them malformed (RFC 9113 §8). */

/** Connection-specific fields, which HTTP/2 does not have (§8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

const COLON = 58
const LENGTH = /^[0-9]{1,15}$/

/** The status of a response, 100 to 999; 0 if its fields are malformed. */
export function statusOf(fields: FlatHeaders): number {
  const [name, value = ''] = fields
  if (name !== ':status' || !/^[1-9][0-9]{2}$/.test(value) || value === '101') return 0
  return areRegular(fields, 2) ? Number(value) : 0
}

/** Whether no field from `start` on is a pseudo-header or connection-specific field. */
export function areRegular(fields: FlatHeaders, start: number): boolean {
  for (let i = start; i < fields.length; i += 2) {
    const name = fields[i] as string
    if (name.charCodeAt(0) === COLON || CONNECTION_FIELDS.has(name)) return false
  }
  return true
}

/**
 * The content length that a final response announces (§8.1.1), in bytes: 0 where there is no
 * content by definition, whatever `content-length` says; undefined if not announced; NaN if
 * malformed.
 */
export function contentLengthOf(
  fields: FlatHeaders,
  status: number,
  isHead: boolean,
): number | undefined {
  let length: number | undefined
  for (let i = 2; i < fields.length; i += 2) {
    if (fields[i] !== 'content-length') continue
    const value = readLength(fields[i + 1] as string)
    length = length === undefined || length === value ? value : NaN
  }
  if (Number.isNaN(length)) return NaN
  // RFC 9110 §8.6: a 204 has no such field.
  if (status === 204 && length !== undefined && length > 0) return NaN
  return isHead || status === 204 || status === 304 ? 0 : length
}

/** A length, or a list that repeats one (RFC 9110 §8.6); NaN if it is neither. */
function readLength(value: string): number {
  if (LENGTH.test(value)) return Number(value)
  const lengths = value.split(',').map((each) => each.trim())
  const [first = ''] = lengths
  return LENGTH.test(first) &&
    lengths.every((each) => Number(each) === Number(first) && LENGTH.test(each))
    ? Number(first)
    : NaN
}

/** The fields with at most one `content-length`, which is not a list (RFC 9110 §8.6). */
export function withOneContentLength(fields: FlatHeaders): FlatHeaders {
  const first = fields.indexOf('content-length')
  if (first === -1) return fields
  const isAlone = fields.indexOf('content-length', first + 1) === -1
  if (isAlone && LENGTH.test(fields[first + 1] as string)) return fields
  const others: string[] = []
  let length: number | undefined
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === 'content-length') length ??= readLength(fields[i + 1] as string)
    else others.push(fields[i] as string, fields[i + 1] as string)
  }
  return length === undefined ? fields : [...others, 'content-length', String(length)]
}
