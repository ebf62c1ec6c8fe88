import type { ProxyErrorCode } from '../errors.js'
import { printDuration } from '../settings/values/parse-duration.js'

/** A request that Node's parser gave up, as a client is told. */
export interface ParserFault {
  readonly code: ProxyErrorCode
  /** For a person. */
  readonly detail: string | undefined
}

/** By llhttp's codes (https://github.com/nodejs/llhttp/blob/main/src/llhttp/constants.ts). */
const DETAILS: Readonly<Record<string, string>> = {
  HPE_INVALID_METHOD: 'The first word of the request line is not an HTTP method.',
  HPE_INVALID_URL:
    'The target in the request line is malformed: percent-encode everything but visible ASCII.',
  HPE_INVALID_CONSTANT:
    'The request line is malformed: it must be METHOD /path HTTP/1.1, with a single space between.',
  HPE_INVALID_VERSION:
    'The request line must end in HTTP/1.1 and CR LF: no other version, and no bare LF.',
  HPE_INVALID_HEADER_TOKEN:
    'A header is malformed: its name or value has a character that cannot stand there, or its line is folded.',
  HPE_INVALID_CONTENT_LENGTH:
    'Content-Length is not a number of bytes, or stands beside Transfer-Encoding.',
  HPE_UNEXPECTED_CONTENT_LENGTH:
    'There are two Content-Length headers, or one beside Transfer-Encoding: send one of them.',
  HPE_INVALID_TRANSFER_ENCODING:
    'Transfer-Encoding is not supported as sent: only "chunked" is, without Content-Length.',
  HPE_INVALID_CHUNK_SIZE: 'A chunk of the body does not begin with its size in hexadecimal digits.',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'The extensions of a chunk in the body are longer than 16 KiB.',
  HPE_LF_EXPECTED: 'A line of the request does not end in CR LF.',
  HPE_CR_EXPECTED: 'A line of the request does not end in CR LF.',
  HPE_STRICT: 'A line of the request does not end in CR LF, or a chunk is malformed.',
  HPE_INVALID_EOF_STATE: 'The connection ended in the middle of the request.',
}

/**
 * Owns what a client is told of a request that Node's parser gave up.
 * @param parserCode the `code` of the parser's error
 * @param headerTimeoutMs how long the headers may take
 */
export function parserFaultOf(
  parserCode: string | undefined,
  headerTimeoutMs: number,
): ParserFault {
  if (parserCode === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const limit = printDuration(headerTimeoutMs)
    const detail = `The headers of the request did not arrive within ${limit}: send them at once.`
    return { code: 'REQUEST_TIMEOUT', detail }
  }
  if (parserCode === 'HPE_HEADER_OVERFLOW') {
    const detail =
      'The request line and the headers are longer than 16 KiB: send fewer or shorter ones.'
    return { code: 'HEADERS_TOO_LARGE', detail }
  }
  return { code: 'BAD_REQUEST', detail: DETAILS[parserCode ?? ''] }
}
