import type { Duplex } from 'node:stream'
import { codeOf } from '../errors.js'
import { printDuration } from '../settings/values/parse-duration.js'
import type { RequestFault } from './failure.js'
import { detailFrom } from './refused-bytes.js'

/** What a client is told about a request that Node's parser rejected. */
export interface ParserFault extends RequestFault {
  /** How long the request had taken by then; default: 0. */
  readonly durationMs?: number
}

/**
 * What each code means by itself, by llhttp's names
 * (https://github.com/nodejs/llhttp/blob/main/src/llhttp/constants.ts).
 */
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
  HPE_HEADER_OVERFLOW:
    'The request line and the headers are longer than 16 KiB: send fewer or shorter ones.',
  HPE_INVALID_EOF_STATE: 'The connection ended in the middle of the request.',
}

/** What Node's parser adds to its error. */
type ParserError = Error & { rawPacket?: Buffer; bytesParsed?: number }

/** Node's own parser, which measures from the first byte of the request; there is a fallback. */
type Parsed = Duplex & { parser?: { duration?(): number } | null }

/**
 * Owns the response to a request that Node's parser rejected.
 * @param headerTimeoutMs how long the headers may take
 */
export function parserFaultOf(
  error: ParserError,
  socket: Parsed,
  headerTimeoutMs: number,
): ParserFault {
  const { rawPacket, bytesParsed } = error
  const parserCode = codeOf(error) ?? ''
  if (parserCode === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const limit = printDuration(headerTimeoutMs)
    const detail = `The headers of the request did not arrive within ${limit}: send them at once.`
    const durationMs = socket.parser?.duration?.() ?? headerTimeoutMs
    return { code: 'REQUEST_TIMEOUT', detail, durationMs }
  }
  const detail =
    rawPacket === undefined || bytesParsed === undefined
      ? undefined
      : detailFrom(parserCode, rawPacket, bytesParsed)
  const code = parserCode === 'HPE_HEADER_OVERFLOW' ? 'HEADERS_TOO_LARGE' : 'BAD_REQUEST'
  const isGone = parserCode === 'HPE_INVALID_EOF_STATE'
  return { code, detail: detail ?? DETAILS[parserCode], isGone }
}
