import type { ClientResponse } from './client-response.js'
import type { Delivery } from './delivery.js'
import type { Failure } from './failure.js'
import type { RequestBody } from './request-body.js'

/** In milliseconds. */
export interface Timeouts {
  readonly responseTimeoutMs: number
  readonly idleTimeoutMs: number
}

/** How far a request has got. */
export interface Standing {
  /** The final response is being forwarded. */
  readonly isResponding: boolean
  readonly body: Pick<RequestBody, 'hasEnded' | 'isUpstreamFull'>
  readonly delivery: Pick<Delivery, 'hasBegun' | 'isQueued'>
  readonly response: Pick<ClientResponse, 'isBlocked' | 'isEventStream'>
}

/**
 * Owns when a request with no progress is given up, and with which failure.
 * @returns undefined: it has time left
 */
export function timeoutOf(
  quietMs: number,
  { responseTimeoutMs, idleTimeoutMs }: Timeouts,
  { isResponding, body, delivery, response }: Standing,
): Failure | undefined {
  const isIdle = quietMs > idleTimeoutMs
  if (isResponding) {
    if (!isIdle) return undefined
    if (response.isBlocked) return { code: 'CLIENT_CLOSED', reason: 'does not read' }
    return response.isEventStream ? undefined : { code: 'UPSTREAM_TIMEOUT', reason: 'idle' }
  }
  // The client has not sent all of the body, and only the client is waited for.
  const isClientAwaited = !body.hasEnded && !body.isUpstreamFull && !delivery.isQueued
  if (isClientAwaited && isIdle) return { code: 'REQUEST_TIMEOUT' }
  const isOverdue = delivery.hasBegun && quietMs > responseTimeoutMs
  return isOverdue ? { code: 'UPSTREAM_TIMEOUT', reason: 'response' } : undefined
}
