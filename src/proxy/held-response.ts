import type { FlatHeaders, UpstreamError } from '../upstream/exchange.js'
import { Backlog } from './backlog.js'

/**
 * Owns a 401 that is held back until it is known whether there is another token. Meanwhile the
 * stream's window limits how much of it arrives.
 */
export class HeldResponse {
  readonly status: number
  readonly headers: FlatHeaders
  readonly content = new Backlog()
  /** Its end, if it has arrived: trailers or a failure. */
  trailers: FlatHeaders | undefined
  error: UpstreamError | undefined

  constructor(status: number, headers: FlatHeaders) {
    this.status = status
    this.headers = headers
  }
}
