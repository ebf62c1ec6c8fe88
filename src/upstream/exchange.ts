/**
 * Owns the interface between the forwarding and HTTP/2: one exchange (a request and its response)
 * as calls, in the manner of undici's Dispatcher. No frames or streams cross it.
 */

/** Header fields as a flat list: name, value, name, value; names in lower case. */
export type FlatHeaders = readonly string[]

export interface RequestHead {
  readonly method: string
  /** Path and query, sent byte for byte as `:path`. */
  readonly path: string
  readonly headers: FlatHeaders
  /**
   * The complete body, to be sent with the headers; `null` if there is none; `undefined` if it
   * follows through `Exchange.write` and `end`.
   */
  readonly body: Buffer | null | undefined
}

/** Why a failed request provably was not processed, so that a retry is safe. */
export type Unprocessed =
  /** Its connection was lost before its headers were sent. */
  | 'connect'
  /** RST_STREAM with REFUSED_STREAM (RFC 9113 §8.7). */
  | 'refused'
  /** Its stream id is above the last one in a GOAWAY (RFC 9113 §6.8). */
  | 'goaway'

export type UpstreamErrorCode =
  | 'UPSTREAM_UNREACHABLE'
  | 'UPSTREAM_TLS'
  | 'UPSTREAM_RESET'
  | 'UPSTREAM_PROTOCOL'
  | 'UPSTREAM_TIMEOUT'

/** The exchange failed. `reason` is for logs: a code or a number, never a foreign message. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly code: UpstreamErrorCode
  readonly reason: string
  readonly unprocessed: Unprocessed | undefined
  /** For the client, where the code's fixed text would be wrong: what happened, in our words. */
  readonly detail: string | undefined

  constructor(
    code: UpstreamErrorCode,
    reason: string,
    options: {
      unprocessed?: Unprocessed | undefined
      detail?: string | undefined
      cause?: unknown
    } = {},
  ) {
    super(`${code}: ${reason}`, { cause: options.cause })
    this.code = code
    this.reason = reason
    this.unprocessed = options.unprocessed
    this.detail = options.detail
  }
}

/** What the upstream reports about one exchange; nothing more after `onEnd` or `onError`. */
export interface ExchangeHandler {
  /** The stream is open and the headers are handed over; a body that follows may be written. */
  onOpen(exchange: Exchange): void
  /** The final response's status (200–599) and headers; interim responses (1xx) are not reported. */
  onHeaders(status: number, headers: FlatHeaders): void
  onData(chunk: Buffer): void
  /**
   * END_STREAM arrived, and the content has its announced length (RFC 9113 §8.1.1); otherwise
   * `onError` is called. `trailers` may be empty.
   */
  onEnd(trailers: FlatHeaders): void
  /** More of the request's body may be written. */
  onDrain(): void
  /** Before `onHeaders`: there is no response. After it: the response is truncated. */
  onError(error: UpstreamError): void
}

/** What the forwarding can do with one exchange. */
export interface Exchange {
  /** Sends more of the body; false: wait for `onDrain`. */
  write(chunk: Buffer): boolean
  /** Ends the body. */
  end(): void
  /** Stop and restart `onData`; flow control then stops the upstream. */
  pause(): void
  resume(): void
  /** Gives up the exchange: RST_STREAM with CANCEL. Nothing more is reported. */
  cancel(): void
}

/** The upstream as the forwarding sees it. */
export interface Upstream {
  /** Begins an exchange, now or when a stream is free. The handler is told of failures. */
  dispatch(request: RequestHead, handler: ExchangeHandler): void
  /** Forgets a handler that is still waiting for a stream. */
  withdraw(handler: ExchangeHandler): void
  /** Opens a connection before the first request. Never rejects: a failure is logged. */
  connect(): Promise<void>
  /** Open connections, draining ones included. */
  readonly connections: number
  /** Closes all connections with GOAWAY; each ends when its exchanges are done. */
  close(): void
}
