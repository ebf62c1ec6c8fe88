import { setTimeout } from 'node:timers/promises'
import type { Log } from '../log/log.js'
import { proxyFor } from '../settings/environment/proxy-for.js'
import type { Settings } from '../settings/table.js'
import { createDial } from '../upstream/dial.js'
import { Pool, type PoolObserver } from '../upstream/pool.js'
import type { UpstreamTrust } from './upstream-trust.js'

/** How long idle connections may take to close, in milliseconds. */
const CLOSE_MS = 500

/**
 * Creates the pool of connections to the configured upstream, through a proxy if configured.
 * @param onConnectFailed called for each failed try
 */
export function createUpstream(
  settings: Settings,
  log: Log,
  trust: UpstreamTrust['current'],
  onConnectFailed?: PoolObserver['connectFailed'],
): Pool {
  const origin = settings.upstream
  /** The last failure: one warning for each change of state, not each try. */
  let failing: string | undefined
  const dial = createDial({
    origin,
    timeoutMs: settings.connectTimeoutMs,
    trust,
    proxy: proxyFor(origin, settings)?.reveal(),
  })
  return new Pool({
    origin,
    dial,
    connectTimeoutMs: settings.connectTimeoutMs,
    observer: {
      connected: () => {
        const level = failing === undefined ? 'debug' : 'info'
        failing = undefined
        log[level]({ upstream: origin }, 'upstream connected')
      },
      connectFailed: (error) => {
        onConnectFailed?.(error)
        const { code, reason } = error
        const level = failing === `${code} ${reason}` ? 'debug' : 'warn'
        failing = `${code} ${reason}`
        log[level]({ upstream: origin, code, reason }, 'upstream cannot be reached')
      },
      disconnected: (reason) => {
        log.debug({ upstream: origin, reason }, 'upstream connection closed')
      },
    },
  })
}

/** Closes its connections with GOAWAY and waits until that is sent, but not for a dead network. */
export async function closeUpstream(upstream: Pool): Promise<void> {
  upstream.close()
  const deadline = performance.now() + CLOSE_MS
  while (upstream.connections > 0 && performance.now() < deadline) await setTimeout(5)
}
