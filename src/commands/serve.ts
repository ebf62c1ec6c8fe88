import { EXIT } from '../errors.js'
import type { Log } from '../log.js'
import type { RunningProxy } from './start-proxy.js'

/**
 * Serves until SIGINT or SIGTERM, then drains. Gives the exit code: 0 after a clean drain, 1 if
 * requests had to be cut, by the time limit or by a second signal.
 */
export async function serve(proxy: RunningProxy, log: Log): Promise<number> {
  const signal = await nextSignal()
  log.info({ signal }, 'shutting down')
  const cut = await Promise.race([proxy.drain(), nextSignal()])
  if (cut === 0) {
    log.info('stopped')
    return EXIT.ok
  }
  log.error(
    typeof cut === 'number' ? { requestsCut: cut } : { signal: cut },
    'stopped before all requests had ended',
  )
  return EXIT.failure
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const told = (signal: NodeJS.Signals): void => {
      process.off('SIGINT', told)
      process.off('SIGTERM', told)
      resolve(signal)
    }
    process.on('SIGINT', told)
    process.on('SIGTERM', told)
  })
}
