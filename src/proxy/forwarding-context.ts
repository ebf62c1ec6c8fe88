import type { ClockSkew } from '../upstream/clock-skew.js'
import type { ClientResponseContext } from './client-response.js'
import type { DeliveryContext } from './delivery.js'
import type { Inspector } from './inspector.js'
import type { UpstreamHeadersOptions } from './request-headers.js'
import type { Timeouts } from './timeouts.js'
import type { Traffic } from './traffic.js'

/** Owns what all forwardings share. */
export interface ForwardingContext
  extends ClientResponseContext, DeliveryContext, Timeouts, UpstreamHeadersOptions {
  readonly traffic: Traffic
  /** Sees each request in full; undefined without `--inspect`. */
  readonly inspector?: Inspector | undefined
  /** Looks at the dates of responses, if set. */
  readonly clockSkew?: Pick<ClockSkew, 'look'>
  readonly maxInFlight: number
  readonly replayLimitBytes: number
}
