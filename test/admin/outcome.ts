import type { Outcome } from '../../src/proxy/traffic.js'

/** A request that the upstream answered; what is given stands in its place. */
export function outcome(given: Partial<Outcome> = {}): Outcome {
  return {
    requestId: 'a',
    method: 'GET',
    path: '/v1/dag/status',
    status: 200,
    durationMs: 30,
    source: 'upstream',
    code: undefined,
    reason: undefined,
    ...given,
  }
}
