/** Owns the form of the corpus: bytes, what they are answered, what of them the upstream sees. */

export interface Vectors {
  readonly title: string
  /** Of the proxy they are sent to. */
  readonly flags?: readonly string[]
  readonly rows: readonly Vector[]
}

/**
 * `name`, then the bytes (Latin-1) of one connection, in one write or several; then the answers in
 * order: a status, and the code of an answer of the proxy's. Last, what the upstream sees: method,
 * path and body of each request. After the bytes the test sends a request of its own, `GET /last`:
 * it is answered with `last` where the connection may go on, and must not be where it may not.
 */
export type Vector = readonly [
  name: string,
  bytes: string | readonly string[],
  answers: readonly string[],
  upstream?: readonly string[],
]

/** Lines joined and ended by CRLF. */
export const lines = (...all: readonly string[]): string =>
  all.map((line) => `${line}\r\n`).join('')

/** A head: the request line, the fields and an empty line. */
export const head = (requestLine: string, ...fields: readonly string[]): string =>
  lines(requestLine, ...fields, '')

/** `GET target` with a good Host and more fields. */
export const get = (target: string, ...fields: readonly string[]): string =>
  head(`GET ${target} HTTP/1.1`, 'Host: localhost', ...fields)

/** `POST /a` with a good Host and more fields, then the body. */
export const post = (fields: readonly string[], body: string): string =>
  head('POST /a HTTP/1.1', 'Host: localhost', ...fields) + body

/** `POST /a`, chunked, with the body's bytes. */
export const chunked = (body: string): string => post(['Transfer-Encoding: chunked'], body)

/** What most of the corpus is answered: the connection is closed with it. */
export const BAD = ['400 BAD_REQUEST'] as const
/** Passed on, and the connection goes on. */
export const GOOD = ['200', 'last'] as const
