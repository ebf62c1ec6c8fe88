import type { FlatHeaders, UpstreamError } from '../upstream/exchange.js'

/**
 * Owns a 401 that waits for the decision whether to try again with another token. What comes of it
 * meanwhile is what the upstream's window allows.
 */
export class HeldAnswer {
  readonly status: number
  readonly headers: FlatHeaders
  readonly chunks: Buffer[] = []
  /** It ended, with these; or it broke off. */
  trailers: FlatHeaders | undefined
  error: UpstreamError | undefined

  constructor(status: number, headers: FlatHeaders) {
    this.status = status
    this.headers = headers
  }

  get isOver(): boolean {
    return this.trailers !== undefined || this.error !== undefined
  }
}
