import { createTailerApi } from '../demo/tailer-api.js'
import { readServiceAccountKey } from '../identity/google/service-account-key.js'
import { createSelfSignedSource } from '../identity/google/service-account.js'
import type { Log } from '../log.js'
import type { Settings } from '../settings/table.js'
import { serve } from './serve.js'
import type { Signals } from './signals.js'
import { type RunningProxy, startProxy } from './start-proxy.js'

/** The documentation's first example. */
const EXAMPLE = JSON.stringify({
  action: 'check_run_status',
  account: '000099',
  environment: 'DEV',
  configuration_type: 'table-to-table',
  configuration_id: '000099_iowa_liquor_prepare_pda_DEV',
  job_id: 'gbq-to-gbq|000099_iowa_liquor_prepare_pda_DEV',
  run_id: '20201230-112837-0a795c70-2557-4a60-ba16-788aa2bea179',
})

/**
 * `tailer-proxy demo`: the embedded API with a throwaway account, and the proxy in front of it.
 * Gives the exit code.
 */
export async function demo(settings: Settings, log: Log, signals: Signals): Promise<number> {
  const api = await createTailerApi()
  try {
    const key = readServiceAccountKey({ ...api.serviceAccount }, 'demo')
    const identity = {
      kind: 'service-account',
      email: key.email,
      origin: 'demo',
      source: createSelfSignedSource(key, api.origin),
    } as const
    // No other host is contacted, a proxy of the environment neither.
    const own = {
      ...settings,
      upstream: api.origin,
      audience: api.origin,
      httpsProxy: undefined,
    }
    const start = async (): Promise<RunningProxy> => {
      const proxy = await startProxy(own, identity, log, { extraCas: [api.caPem] })
      log.info('an embedded Tailer API answers: try this in another terminal; Ctrl-C ends it')
      process.stdout.write(tryLine(proxy.listening))
      return proxy
    }
    return await serve(start, log, signals)
  } finally {
    await api.close()
  }
}

function tryLine(listening: string): string {
  const isSocket = listening.startsWith('unix:')
  const target = isSocket
    ? `--unix-socket ${listening.slice('unix:'.length)} "http://localhost/v1/dag/status"`
    : `"${listening}/v1/dag/status"`
  return `curl --request POST --http2 --header "content-type:application/json" --data '${EXAMPLE}' ${target}\n`
}
