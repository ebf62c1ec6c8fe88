import { PROXY_ERRORS } from '../errors.js'
import type { Log } from '../log/log.js'
import type { Outcome, TrafficObserver } from '../proxy/traffic.js'

/**
 * Owns the request log: one line for each finished request. Responses from the upstream and
 * refusals by the proxy are at `info`, whatever the status: the request was at fault. The proxy's
 * own failures, truncated responses included, are at `warn`.
 */
export function logRequests(log: Log): TrafficObserver {
  return {
    onOutcome(outcome) {
      const level = isOurFailure(outcome) ? 'warn' : 'info'
      if (!log.isLevelEnabled(level)) return
      const { requestId, method, path, status, source, code, reason, user } = outcome
      const durationMs = Math.round(outcome.durationMs * 100) / 100
      log[level](
        { requestId, method, path, status, durationMs, source, code, reason, user },
        'request',
      )
    },
    onReplay(reason) {
      log.debug({ reason }, 'request retried')
    },
  }
}

/** An unsupported WebSocket (501) is a refusal like 4xx: nothing failed. */
function isOurFailure({ code }: Outcome): boolean {
  return code !== undefined && code !== 'CLIENT_CLOSED' && PROXY_ERRORS[code][0] > 501
}
