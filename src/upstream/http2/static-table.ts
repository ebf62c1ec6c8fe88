/** Owns the static table of HPACK (RFC 7541, appendix A): name, value, …; entry 1 is the first. */
export const STATIC_TABLE: readonly string[] = [
  ...[':authority', '', ':method', 'GET', ':method', 'POST', ':path', '/'],
  ...[':path', '/index.html', ':scheme', 'http', ':scheme', 'https', ':status', '200'],
  ...[':status', '204', ':status', '206', ':status', '304', ':status', '400'],
  ...[':status', '404', ':status', '500', 'accept-charset', ''],
  ...['accept-encoding', 'gzip, deflate', 'accept-language', '', 'accept-ranges', ''],
  ...['accept', '', 'access-control-allow-origin', '', 'age', '', 'allow', ''],
  ...['authorization', '', 'cache-control', '', 'content-disposition', ''],
  ...['content-encoding', '', 'content-language', '', 'content-length', ''],
  ...['content-location', '', 'content-range', '', 'content-type', '', 'cookie', ''],
  ...['date', '', 'etag', '', 'expect', '', 'expires', '', 'from', '', 'host', ''],
  ...['if-match', '', 'if-modified-since', '', 'if-none-match', '', 'if-range', ''],
  ...['if-unmodified-since', '', 'last-modified', '', 'link', '', 'location', ''],
  ...['max-forwards', '', 'proxy-authenticate', '', 'proxy-authorization', ''],
  ...['range', '', 'referer', '', 'refresh', '', 'retry-after', '', 'server', ''],
  ...['set-cookie', '', 'strict-transport-security', '', 'transfer-encoding', ''],
  ...['user-agent', '', 'vary', '', 'via', '', 'www-authenticate', ''],
]

/** Number of its entries; dynamic ones are numbered from here (RFC 7541 §2.3.3). */
export const STATIC_ENTRIES = STATIC_TABLE.length / 2

/** What an entry takes in a table, and a field in a header list, besides its bytes (§4.1). */
export const ENTRY_OVERHEAD = 32

/** Size of a dynamic table unless SETTINGS change it, in bytes. */
export const DEFAULT_TABLE_BYTES = 4_096
