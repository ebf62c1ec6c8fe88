import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Outcome } from './traffic.js'

/**
 * Owns the seam between the proxy and who looks at whole requests (`--inspect`). Where nobody does
 * there is none, and a request costs nothing more.
 */
export interface Inspector {
  /** A request's header came; the guard has not looked at it. */
  begin(request: IncomingMessage, response: ServerResponse): void
  /** How it ended: told once, with its id; what is left of the response may still be written. */
  end(request: IncomingMessage, outcome: Outcome): void
}
