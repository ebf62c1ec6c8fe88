/** Fields that are about one connection and never forwarded (RFC 9110 §7.6.1, RFC 9113 §8.2.2). */
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
