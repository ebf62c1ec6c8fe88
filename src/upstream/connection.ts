import type { TLSSocket } from 'node:tls'
import type { ExchangeHandler, RequestHead } from './exchange.js'

/** Owns the seam between the pool and an engine: one HTTP/2 connection on a verified socket. */
export interface Connection {
  /** Whether one more stream may be opened now. */
  readonly hasRoom: boolean
  /** Streams in progress. */
  readonly streams: number
  /** Begins an exchange; only if `hasRoom`. */
  start(request: RequestHead, handler: ExchangeHandler): void
  /** Sends PING; the connection is destroyed if no answer comes within `timeoutMs`. */
  ping(timeoutMs: number): void
  /** Takes no more streams, and ends when those in progress are over. */
  close(): void
  /** Ends at once; exchanges in progress fail. */
  destroy(): void
}

/** What a connection tells the pool. */
export interface ConnectionObserver {
  /** The peer's SETTINGS came: streams may be opened. */
  onReady(): void
  /** A stream ended, or the peer allows more of them. */
  onRoom(): void
  /** It takes no more streams: GOAWAY came, or it ran out of stream ids. */
  onDraining(): void
  /** It is gone. `code` is for the log. */
  onClosed(code: string): void
}

/** An engine: makes a connection of a socket whose peer is verified and speaks `h2`. */
export type CreateConnection = (
  socket: TLSSocket,
  origin: string,
  observer: ConnectionObserver,
) => Connection
