import type { AllowedHosts } from '../access/allowed-hosts.js'
import type { ClockSkew } from '../upstream/clock-skew.js'
import type { ClientResponseContext } from './client-response.js'
import type { DeliveryContext } from './delivery.js'
import type { Inspector } from './inspector.js'
import type { Traffic } from './traffic.js'

/** Owns what all forwardings share. */
export interface ForwardingContext extends ClientResponseContext, DeliveryContext {
  /** Name of the field that carries the token, in lower case. */
  readonly tokenHeader: string
  readonly traffic: Traffic
  /** Sees each request whole; undefined where nobody asked for that. */
  readonly inspector?: Inspector | undefined
  /** Looks at the dates of responses, if someone wants to know. */
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
