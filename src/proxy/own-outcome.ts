import type { IncomingMessage } from 'node:http'
import { shownPathOf } from '../access/request-target.js'
import type { Caller } from '../access/users/callers.js'
import { PROXY_ERRORS, type ProxyErrorCode } from '../errors.js'
import type { Outcome } from './traffic.js'

/**
 * Owns the outcome of a request that the proxy responded to itself, without forwarding it.
 * @param code undefined for a preflight that passes
 * @param request omitted if it never became one
 */
export function outcomeOf(
  requestId: string,
  code: ProxyErrorCode | undefined,
  caller: Caller | undefined,
  { method = '', url: target = '' }: Pick<IncomingMessage, 'method' | 'url'> = {},
): Outcome {
  const status = code === undefined ? 200 : PROXY_ERRORS[code][0]
  return {
    requestId,
    method,
    path: shownPathOf(target),
    status,
    startedAtMs: Date.now(),
    durationMs: 0,
    source: 'proxy',
    code,
    reason: undefined,
    bytesUp: 0,
    bytesDown: 0,
    sent: 0,
    user: caller?.user,
  }
}
