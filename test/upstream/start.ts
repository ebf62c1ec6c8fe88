/** Owns the real proxy in front of a raw server, for one test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import type { Test } from 'tap'
import { type RunningProxy, startProxy } from '../../src/commands/start-proxy.js'
import type { Identity } from '../../src/identity/identity.js'
import { loadIdentity } from '../../src/identity/load-identity.js'
import { load } from '../settings/load.js'
import { createRawServer, type RawServer, type RawServerOptions } from './raw-server.js'

export interface Logged {
  readonly msg: string
  readonly path?: string
  readonly status?: number
  readonly source?: string
  readonly code?: string
  readonly reason?: string
}

export interface Stage {
  readonly server: RawServer
  readonly proxy: RunningProxy
  /** `http://127.0.0.1:PORT` */
  readonly listening: string
  /** All that was logged, debug level included. */
  readonly logged: Logged[]
}

export interface StageOptions extends RawServerOptions {
  flags?: readonly string[]
  /** Default: a static token. */
  identity?: Identity
}

/** Starts both; they end with the test. */
export async function startStage(t: Test, options: StageOptions = {}): Promise<Stage> {
  const { flags = [], identity, ...serverOptions } = options
  const server = await createRawServer(serverOptions)
  t.teardown(() => {
    server.close()
  })
  return { ...(await startProxyFor(t, server, flags, identity)), server }
}

export async function startProxyFor(
  t: Test,
  { origin, caPem }: Pick<RawServer, 'origin' | 'caPem'>,
  flags: readonly string[] = [],
  identity?: Identity,
): Promise<Omit<Stage, 'server'>> {
  const directory = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
  const caFile = join(directory, 'ca.pem')
  writeFileSync(caFile, caPem)
  const settings = load(
    [
      ...['start', '--admin', 'off'],
      ...(flags.includes('--listen') ? [] : ['--listen', '127.0.0.1:0']),
      ...['--upstream', origin, '--ca-file', caFile, '--drain-timeout', '1ms', ...flags],
    ],
    { TAILER_PROXY_TOKEN: 'a-token' },
  )
  const logged: Logged[] = []
  const sink = new Writable({
    write(line: Buffer, _encoding, done) {
      logged.push(JSON.parse(line.toString()) as Logged)
      done()
    },
  })
  const proxy = await startProxy(
    settings,
    identity ?? loadIdentity(settings),
    pino({ level: 'debug', base: null }, sink),
  )
  t.teardown(async () => {
    await proxy.drain()
    rmSync(directory, { recursive: true })
  })
  return { proxy, listening: proxy.listening, logged }
}
