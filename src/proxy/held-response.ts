import type { FlatHeaders, UpstreamError } from '../upstream/exchange.js'
import { Backlog } from './backlog.js'

/**
 * Owns a 401 that is kept back until it is known whether there is another token. What comes of it
 * meanwhile is what the stream's window allows.
 */
export class HeldResponse {
  readonly status: number
  readonly headers: FlatHeaders
  readonly content = new Backlog()
  /** Its end, if that came: these, or a failure. */
  trailers: FlatHeaders | undefined
  error: UpstreamError | undefined

  constructor(status: number, headers: FlatHeaders) {
    this.status = status
    this.headers = headers
  }
}
