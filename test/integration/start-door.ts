/** Owns a proxy in this process in front of a recording upstream, with a static token. */
import type { Test } from 'tap'
import { startProxy } from '../../src/commands/start-proxy.js'
import { loadIdentity } from '../../src/identity/load-identity.js'
import pino from 'pino'
import { load } from '../settings/load.js'
import { type RecordingUpstream, startUpstream } from './recording-upstream.js'

export const TOKEN = 'static-token-of-the-tests'

export interface Door {
  readonly upstream: RecordingUpstream
  /** As the log says it. */
  readonly listening: string
  readonly port: number
  /** As at SIGTERM. */
  readonly drain: () => Promise<number>
}

export async function startDoor(
  t: Pick<Test, 'teardown'>,
  flags: readonly string[] = [],
  upstream?: RecordingUpstream,
  /** Gets each line of the log. */
  write?: (line: string) => void,
): Promise<Door> {
  const recording = upstream ?? (await startUpstream(t))
  const settings = load(['--upstream', recording.origin, '--ca-file', recording.caFile, ...flags], {
    TAILER_PROXY_TOKEN: TOKEN,
    TAILER_PROXY_LISTEN: '127.0.0.1:0',
    TAILER_PROXY_ADMIN: 'off',
    TAILER_PROXY_DRAIN_TIMEOUT: '1ms',
  })
  const log = write === undefined ? pino({ level: 'silent' }) : pino({ base: null }, { write })
  const proxy = await startProxy(settings, loadIdentity(settings), log)
  t.teardown(async () => {
    await proxy.drain()
  })
  const port = Number(/:([0-9]+)$/.exec(proxy.listening)?.[1])
  return { upstream: recording, listening: proxy.listening, port, drain: () => proxy.drain() }
}
