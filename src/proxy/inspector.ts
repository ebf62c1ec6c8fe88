import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Outcome } from './traffic.js'

/**
 * Owns the interface to whatever looks at whole requests (`--inspect`). Without it there is none,
 * and requests cost nothing extra.
 */
export interface Inspector {
  /** A request's headers arrived; the guard has not seen them yet. */
  begin(request: IncomingMessage, response: ServerResponse): void
  /** Called once when it has ended, with its id; the rest of the response may still be written. */
  end(request: IncomingMessage, outcome: Outcome): void
}
