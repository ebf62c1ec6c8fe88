/**
 * Owns the seam between the forwarding and the HTTP/2 under it: one exchange (a request and its
 * response) as calls, in the manner of undici's Dispatcher. No frame and no stream crosses it.
 */

/** Header fields as one flat list: name, value, name, value; names in lower case. */
export type FlatHeaders = readonly string[]

export interface RequestHead {
  readonly method: string
  /** Path and query, sent byte for byte as `:path`. */
  readonly path: string
  readonly headers: FlatHeaders
  /**
   * The whole body, which is then sent with the head; `null` if it has none; `undefined` if it
   * follows through `Exchange.write` and `end`.
   */
  readonly body: Buffer | null | undefined
}

/** Why a request that failed provably was not processed, so that sending it again is safe. */
export type Unprocessed =
  /** Its connection ended before its headers were sent. */
  | 'connect'
  /** RST_STREAM with REFUSED_STREAM (RFC 9113 §8.7). */
  | 'refused'
  /** Its stream is above the last one of a GOAWAY (RFC 9113 §6.8). */
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
  /** For the client, where the code's own text would be wrong: what it was, in our words. */
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

/** What the upstream tells of one exchange. After `onEnd` or `onError` nothing more comes. */
export interface ExchangeHandler {
  /** A stream is there, the head has been handed to it, a body that follows may be written. */
  onOpen(exchange: Exchange): void
  /** The final response's status (200–599) and fields; interim ones (1xx) are not told. */
  onHeaders(status: number, headers: FlatHeaders): void
  onData(chunk: Buffer): void
  /**
   * END_STREAM came, and with it just the content that was announced (RFC 9113 §8.1.1); what is
   * not so ends with `onError`. `trailers` may be empty.
   */
  onEnd(trailers: FlatHeaders): void
  /** More of the request's body may be written. */
  onDrain(): void
  /** Before `onHeaders`: no response. After it: the response is truncated. */
  onError(error: UpstreamError): void
}

/** What the forwarding does to one exchange. */
export interface Exchange {
  /** Sends more of the body; false: wait for `onDrain`. */
  write(chunk: Buffer): boolean
  /** Ends the body. */
  end(): void
  /** Stops and restarts `onData`; what is not taken stops the upstream (flow control). */
  pause(): void
  resume(): void
  /** Gives the exchange up: RST_STREAM with CANCEL. Nothing is told any more. */
  cancel(): void
}

/** The upstream as the forwarding sees it. */
export interface Upstream {
  /** Begins an exchange, now or when a stream is free. Failures are told to the handler. */
  dispatch(request: RequestHead, handler: ExchangeHandler): void
  /** Forgets a handler that is still waiting for a stream. */
  withdraw(handler: ExchangeHandler): void
  /** Opens a connection ahead of the first request. Never rejects: a failure is logged. */
  connect(): Promise<void>
  /** Open connections, draining ones included. */
  readonly connections: number
  /** Ends all connections, with GOAWAY; those with exchanges in progress when they are over. */
  close(): void
}
