import { loadIdentity } from '../identity/load-identity.js'
import type { Log } from '../log/log.js'
import type { Settings } from '../settings/table.js'
import { serve } from './serve.js'
import type { Signals } from './signals.js'
import { startProxy } from './start-proxy.js'

/** `tailer-proxy start`: runs the proxy in the foreground. Returns the exit code. */
export async function start(settings: Settings, log: Log, signals: Signals): Promise<number> {
  if (process.pid === 1 && settings.exec !== undefined) {
    const hint = 'run it under an init, such as that of docker run --init'
    log.warn(
      { hint },
      'as process 1, the proxy does not reap what the command of --exec leaves behind',
    )
  }
  return serve(() => startProxy(settings, loadIdentity(settings), log), log, signals)
}
