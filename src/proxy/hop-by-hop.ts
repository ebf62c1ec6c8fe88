/** Owns the fields that concern a single connection and are never forwarded. */

/** RFC 9110 §7.6.1, RFC 9113 §8.2.2. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The field names that a `connection` field lists, in lower case. */
export function listedNames(connection: string): string[] {
  return connection.toLowerCase().split(/[\s,]+/)
}

/**
 * Removes the listed fields from a flat list. `te: trailers` stays: HTTP/2 has no `connection` to
 * list it in. So does `content-length`, which belongs to the message, whatever is listed.
 */
export function without(fields: string[], listed: readonly string[]): string[] {
  const names = new Set(listed.filter((name) => !HOP_BY_HOP.has(name) && name !== 'close'))
  names.delete('content-length')
  if (names.size === 0) return fields
  const kept: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    if (!names.has(name)) kept.push(name, fields[i + 1] as string)
  }
  return kept
}
