import { type FlatHeaders, type RequestHead, UpstreamError } from '../../upstream/exchange.js'
import type { Pool } from '../../upstream/pool.js'

/** What one request returned. */
export interface Seen {
  readonly status: number
  /** The response's date, in milliseconds since the epoch; NaN without one. */
  readonly dateMs: number
}

/**
 * Requests `/` from the upstream, and closes the connection.
 * @throws {UpstreamError}
 */
export async function askUpstream(
  pool: Pool,
  headers: FlatHeaders,
  timeoutMs: number,
): Promise<Seen> {
  let timer: NodeJS.Timeout | undefined
  const head: RequestHead = { method: 'GET', path: '/', headers, body: null }
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new UpstreamError('UPSTREAM_TIMEOUT', 'response'))
      }, timeoutMs)
      pool.dispatch(head, {
        onOpen: () => undefined,
        onHeaders: (status, fields) => {
          const date = fields[fields.indexOf('date') + 1]
          resolve({ status, dateMs: fields.includes('date') ? Date.parse(date ?? '') : NaN })
        },
        onData: () => undefined,
        onEnd: () => undefined,
        onDrain: () => undefined,
        onError: (error: UpstreamError) => {
          reject(error)
        },
      })
    })
  } finally {
    clearTimeout(timer)
    pool.close()
  }
}
