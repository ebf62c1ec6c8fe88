import type { Traffic } from '../proxy/traffic.js'
import type { TokenKeeper } from '../token/token-keeper.js'

/** Why no request should be sent here now, for load balancers and people. */
export type NotReady = 'draining' | 'no usable token'

/**
 * Owns whether requests should be sent here, from local state alone: an upstream that is down must
 * not take every proxy out of service at once.
 */
export function reasonsNotReady(
  traffic: Pick<Traffic, 'draining'>,
  tokens: Pick<TokenKeeper, 'current'>,
): NotReady[] {
  const reasons: NotReady[] = []
  if (traffic.draining) reasons.push('draining')
  if (tokens.current() === undefined) reasons.push('no usable token')
  return reasons
}
