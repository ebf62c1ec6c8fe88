import { EXIT } from '../errors.js'
import type { Log } from '../log/log.js'
import type { Signals } from './signals.js'
import type { RunningProxy } from './start-proxy.js'

/**
 * Starts a proxy and serves until a signal arrives, then drains. Returns the exit code: 0 after a
 * clean drain, 1 if requests had to be aborted, by the time limit or by a second signal. A third
 * one exits without waiting for their last responses. A second signal with nothing to abort is no
 * failure: `timeout`, for one, signals both the process and its group.
 */
export async function serve(
  start: () => Promise<RunningProxy>,
  log: Log,
  signals: Signals,
): Promise<number> {
  try {
    const starting = start()
    const proxy = await Promise.race([starting, signals.next()])
    if (typeof proxy === 'string') {
      starting.catch(() => undefined)
      log.info({ signal: proxy }, 'stopped before it was ready')
      return EXIT.ok
    }
    const signal = await signals.next()
    log.info({ signal, inFlight: proxy.inFlight }, 'shutting down')
    const draining = proxy.drain()
    const aborted = await Promise.race([draining, signals.next()])
    const isSignal = typeof aborted === 'string'
    const requestsAborted = isSignal ? proxy.abort() : aborted
    // Each of them is logged when it ends.
    await Promise.race([draining, signals.next()])
    if (requestsAborted === 0) {
      log.info('stopped')
      return EXIT.ok
    }
    const reason = isSignal ? `second signal (${aborted})` : 'drain timeout'
    log.error({ requestsAborted, reason }, 'stopped before all requests were complete')
    return EXIT.failure
  } finally {
    signals.stop()
  }
}
