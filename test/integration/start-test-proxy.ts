import pino from 'pino'
import { type RunningProxy, startProxy } from '../../src/commands/start-proxy.js'
import { loadIdentity } from '../../src/identity/load-identity.js'
import { loadSettings } from '../../src/settings/load-settings.js'
import { parseCommandLine } from '../../src/settings/command-line/parse-command-line.js'

/** A proxy on any free port, as `start` runs it, from flags and variables. */
export async function startTestProxy(
  flags: readonly string[],
  environment: Record<string, string> = {},
): Promise<RunningProxy> {
  const settings = loadSettings({
    commandLine: parseCommandLine([
      'start',
      '--listen=127.0.0.1:0',
      '--admin=off',
      '--log-level=silent',
      '--drain-timeout=1s',
      ...flags,
    ]),
    environment,
  })
  return startProxy(settings, loadIdentity(settings), pino({ level: 'silent' }))
}
