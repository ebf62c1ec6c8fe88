import type { AllowedHosts } from '../access/allowed-hosts.js'
import type { TokenKeeper } from '../token/token-keeper.js'
import type { ClockSkew } from '../upstream/clock-skew.js'
import type { Upstream } from '../upstream/exchange.js'
import type { AnswerContext } from './answer.js'
import type { Traffic } from './traffic.js'

/** Owns what all forwardings share. */
export interface ForwardingContext extends AnswerContext {
  readonly upstream: Upstream
  readonly tokens: Pick<TokenKeeper, 'current' | 'next' | 'refused' | 'retryInMs'>
  /** Name of the field that carries the token, in lower case. */
  readonly tokenHeader: string
  readonly traffic: Traffic
  /** Looks at the dates of answers, if someone wants to know. */
  readonly clockSkew?: Pick<ClockSkew, 'look'>
  readonly hosts: AllowedHosts
  /** Of the local shared secret, in lower case; not forwarded. */
  readonly requiredHeader: string | undefined
  readonly maxInFlight: number
  readonly replayLimitBytes: number
  readonly responseTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly createRequestId: () => string
}
