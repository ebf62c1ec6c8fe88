import { isatty } from 'node:tty'
import { createTailerApi } from '../demo/tailer-api.js'
import { EXIT, FatalError } from '../errors.js'
import { readServiceAccountKey } from '../identity/google/service-account-key.js'
import { createSelfSignedSource } from '../identity/google/service-account.js'
import type { Log } from '../log/log.js'
import { IMAGE_CREDENTIALS } from '../settings/environment/image-credentials.js'
import { SETTING_ENTRIES } from '../settings/setting-names.js'
import type { SettingName, Settings } from '../settings/table.js'
import { curlLine, greeting } from './demo/greeting.js'
import { withFreePorts } from './demo/free-ports.js'
import { serve } from './serve.js'
import { isLocalAddress } from '../settings/values/parse-address.js'
import type { Signals } from './signals.js'
import { startProxy } from './start-proxy.js'

/** What the demo provides itself: whoever sets these wants something other than a demo. */
const OWN: readonly SettingName[] = [
  ...(['upstream', 'caFile', 'credentials', 'identity', 'tokenType', 'audience'] as const),
  ...(['impersonate', 'exec', 'execPattern', 'googleTokenUrl', 'firebaseTokenUrl'] as const),
]

/**
 * `tailer-proxy demo`: the embedded API with a throwaway account, and the proxy in front of it.
 * Returns the exit code.
 * @throws {FatalError} with exit code 2 for settings that it would ignore
 */
export async function demo(settings: Settings, log: Log, signals: Signals): Promise<number> {
  refuseIgnored(settings)
  const { settings: free, moved } = await withFreePorts(settings)
  const api = await createTailerApi()
  try {
    const key = readServiceAccountKey({ ...api.serviceAccount }, 'demo')
    const identity = {
      kind: 'service-account',
      email: key.email,
      origin: 'demo',
      source: createSelfSignedSource(key, api.origin),
    } as const
    // No other host is contacted, not even a proxy from the environment.
    const own = {
      ...free,
      upstream: api.origin,
      audience: api.origin,
      httpsProxy: undefined,
      // There is nothing to hide, and it makes the page worth a look.
      inspect: free.admin !== 'off' && isLocalAddress(free.admin),
    }
    const isTerminal = isatty(1)
    const options = {
      extraCas: [api.caPem],
      onListening: (listening: string, admin: string | undefined): void => {
        for (const address of moved)
          log.info({ address }, 'this address is in use: took a free port')
        const header = settings.requireHeader
        const shown = {
          listening,
          admin,
          header,
          moved,
          isBold: isTerminal && process.stdout.hasColors(),
        }
        process.stdout.write(isTerminal ? greeting(shown) : curlLine(shown))
      },
    }
    return await serve(() => startProxy(own, identity, log, options), log, signals)
  } finally {
    await api.close()
  }
}

function refuseIgnored({ sources, credentials, staticToken, tokenFile }: Settings): void {
  const flags = SETTING_ENTRIES.filter(
    ([name]) =>
      OWN.includes(name) &&
      sources[name] !== 'default' &&
      // The image sets it for every command.
      !(name === 'credentials' && credentials === IMAGE_CREDENTIALS),
  )
  const ignored = [
    ...flags.map(([name, { flag }]) => ({ what: `--${flag}`, where: sources[name] })),
    ...(staticToken === undefined ? [] : [{ what: 'a token', where: 'TAILER_PROXY_TOKEN' }]),
    ...(tokenFile === undefined ? [] : [{ what: 'a token', where: 'TAILER_PROXY_TOKEN_FILE' }]),
  ]
  if (ignored.length === 0) return
  const what = [...new Set(ignored.map((one) => one.what))].join(', ')
  throw new FatalError(`demo has an upstream and an identity of its own: no use for ${what}`, {
    exitCode: EXIT.usage,
    where: ignored.map(({ where }) => where).join(', '),
    hint: 'remove it, or run tailer-proxy start',
  })
}
