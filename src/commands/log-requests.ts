import { PROXY_ERRORS } from '../errors.js'
import type { Log } from '../log.js'
import type { Outcome, TrafficObserver } from '../proxy/traffic.js'

/** Owns the request log: one line for each request, at its end. */
export function logRequests(log: Log): TrafficObserver {
  return {
    onOutcome(outcome) {
      if (!log.isLevelEnabled('info')) return
      const { requestId, method, path, status, source, code, reason, user } = outcome
      const durationMs = Math.round(outcome.durationMs * 100) / 100
      const line = { requestId, method, path, status, durationMs, source, code, reason, user }
      if (isOurFailure(outcome)) log.warn(line, 'request')
      else log.info(line, 'request')
    },
    onReplay(reason) {
      log.debug({ reason }, 'request retried')
    },
  }
}

/** A 5xx of the proxy's own, or a response that it had to truncate. */
function isOurFailure({ code }: Outcome): boolean {
  return code !== undefined && code !== 'CLIENT_CLOSED' && PROXY_ERRORS[code][0] >= 500
}
