import type { Outcome } from '../../src/proxy/traffic.js'

/** A request that the upstream answered; what is given stands in its place. */
export function outcome(given: Partial<Outcome> = {}): Outcome {
  return {
    requestId: 'a',
    method: 'GET',
    path: '/v1/dag/status',
    status: 200,
    startedAtMs: 0,
    durationMs: 30,
    source: 'upstream',
    code: undefined,
    reason: undefined,
    bytesUp: 0,
    bytesDown: 0,
    sent: 1,
    user: undefined,
    ...given,
  }
}
