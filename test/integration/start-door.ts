/** Owns a proxy in this process in front of a recording upstream, with a static token. */
import type { Test } from 'tap'
import { startProxy } from '../../src/commands/start-proxy.js'
import { loadIdentity } from '../../src/identity/load-identity.js'
import { createLog } from '../../src/log.js'
import { load } from '../settings/load.js'
import { type RecordingUpstream, startUpstream } from './recording-upstream.js'

export const TOKEN = 'static-token-of-the-tests'

export interface Door {
  readonly upstream: RecordingUpstream
  /** As the log says it. */
  readonly listening: string
  readonly port: number
}

export async function startDoor(
  t: Pick<Test, 'teardown'>,
  flags: readonly string[] = [],
  upstream?: RecordingUpstream,
): Promise<Door> {
  const recording = upstream ?? (await startUpstream(t))
  const settings = load(
    [
      ...['--listen', '127.0.0.1:0', '--admin', 'off', '--log-level', 'silent'],
      ...['--upstream', recording.origin, '--ca-file', recording.caFile, '--drain-timeout', '1ms'],
      ...flags,
    ],
    { TAILER_PROXY_TOKEN: TOKEN },
  )
  const { log } = createLog({ level: 'silent', format: 'json', isTerminal: false })
  const proxy = await startProxy(settings, loadIdentity(settings), log)
  t.teardown(async () => {
    await proxy.drain()
  })
  const port = Number(/:([0-9]+)$/.exec(proxy.listening)?.[1])
  return { upstream: recording, listening: proxy.listening, port }
}
