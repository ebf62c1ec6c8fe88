import { Connection, type ConnectionObserver } from './connection.js'
import type { Dial } from './dial.js'
import { UpstreamError } from './exchange.js'
import type { SpareWindow } from './http2/spare-window.js'

export interface OpenOptions {
  readonly dial: Dial
  /** `:authority` of every request. */
  readonly authority: string
  /** How long the peer's SETTINGS may take once the socket is open, in milliseconds. */
  readonly timeoutMs: number
  readonly observer: ConnectionObserver
  /** The clock for `openedAtMs`. */
  readonly nowMs: () => number
  /** The highest stream id it may use; lowered in tests. */
  readonly maxStreamId: number | undefined
  readonly spare: SpareWindow
  /** Whether it is no longer needed. */
  readonly isUnwanted: () => boolean
}

/**
 * Opens a connection. Resolves when the peer's SETTINGS have arrived, since only then its stream
 * limit is known. Rejects with an `UpstreamError`.
 */
export async function openConnection(options: OpenOptions): Promise<Connection> {
  const { dial, authority, timeoutMs, observer, nowMs, maxStreamId, spare } = options
  const socket = await dial()
  if (options.isUnwanted()) {
    socket.destroy()
    throw new UpstreamError('UPSTREAM_UNREACHABLE', 'closing')
  }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      connection.destroy()
      reject(new UpstreamError('UPSTREAM_TIMEOUT', 'settings'))
    }, timeoutMs)
    const connection: Connection = new Connection({
      socket,
      authority,
      observer: {
        ...observer,
        onReady: () => {
          clearTimeout(timer)
          observer.onReady(connection)
          resolve(connection)
        },
        onClosed: (_connection, code) => {
          clearTimeout(timer)
          reject(new UpstreamError('UPSTREAM_UNREACHABLE', code))
          observer.onClosed(connection, code)
        },
      },
      openedAtMs: nowMs(),
      maxStreamId,
      spare,
    })
  })
}
