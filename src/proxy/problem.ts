import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { STATUS_CODES } from 'node:http'
import { PROXY_ERRORS, type ProxyErrorCode } from '../errors.js'
import { endWith } from './conversation.js'

/**
 * Owns the form of the proxy's own responses: `application/problem+json` (RFC 9457) with the header
 * `x-tailer-proxy-error`, which no response from the upstream has.
 */

export const ERROR_HEADER = 'x-tailer-proxy-error'

/** After these the connection cannot be trusted, or is not wanted. */
const CLOSING: ReadonlySet<ProxyErrorCode> = new Set([
  'BAD_REQUEST',
  'REQUEST_TIMEOUT',
  'HEADERS_TOO_LARGE',
  'METHOD_NOT_ALLOWED',
  'USER_NOT_ALLOWED',
  'NOT_IMPLEMENTED',
  'SHUTTING_DOWN',
])

export interface ProblemOptions {
  requestId: string
  /** What exactly was refused, and what to do. Default: the code's fixed text. */
  detail?: string | undefined
  /** For 503: seconds before a retry, at least 1. Default: 1. */
  retryAfterSeconds?: number | undefined
  /** The connection takes no more requests. Default: depends on the code. */
  isLast?: boolean
  /** More fields, flat. */
  headers?: readonly string[]
}

/** Responds to a request whose response has not begun; returns the length of the content in bytes. */
export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  code: ProxyErrorCode,
  options: ProblemOptions,
): number {
  const { status, headers, body } = problem(code, options)
  // The rest of an unread body must not be taken for the next request.
  const { headers: fields, complete } = request
  const hasBody = 'content-length' in fields || 'transfer-encoding' in fields
  // And a client that sent `expect` may send the body anyway.
  if (
    options.isLast === true ||
    CLOSING.has(code) ||
    (hasBody && !complete) ||
    'expect' in fields
  ) {
    headers.push('connection', 'close')
    endWith(response)
  }
  response.sendDate = true
  // Headers that Node refused leave their reason phrase behind.
  response.statusMessage = ''
  response.writeHead(status, headers)
  response.end(body)
  request.resume()
  return request.method === 'HEAD' ? 0 : Buffer.byteLength(body)
}

/**
 * Writes to a bare socket, where the parser gave up before there was a request; returns the length
 * of the content in bytes.
 */
export function writeProblem(
  socket: Duplex,
  code: ProxyErrorCode,
  options: ProblemOptions,
): number {
  const { status, headers, body } = problem(code, options)
  headers.push('connection', 'close')
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  for (let i = 0; i < headers.length; i += 2) {
    head += `${headers[i] as string}: ${headers[i + 1] as string}\r\n`
  }
  socket.write(`${head}\r\n${body}`)
  return Buffer.byteLength(body)
}

function problem(
  code: ProxyErrorCode,
  { requestId, detail: own, retryAfterSeconds = 1, headers: more = [] }: ProblemOptions,
): { status: number; headers: string[]; body: string } {
  const [status, title, fixed] = PROXY_ERRORS[code]
  const detail = own ?? fixed
  const body = JSON.stringify({ type: 'about:blank', title, status, code, detail, requestId })
  const headers = [
    'content-type',
    'application/problem+json',
    'content-length',
    `${Buffer.byteLength(body)}`,
    ERROR_HEADER,
    code,
    ...more,
  ]
  if (status === 503) headers.push('retry-after', `${Math.max(1, Math.ceil(retryAfterSeconds))}`)
  return { status, headers, body }
}
