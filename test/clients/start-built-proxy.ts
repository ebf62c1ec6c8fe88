/** Owns the built CLI as a process in front of a raw server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Cli, spawnCli } from '../cli/spawn-cli.js'
import { createRawServer, type RawServer, type RawServerOptions } from '../upstream/raw-server.js'

export interface BuiltProxy {
  readonly cli: Cli
  readonly server: RawServer
  /** `http://127.0.0.1:PORT`, or `unix:/path`. */
  readonly origin: string
}

export async function startBuiltProxy(
  t: Test,
  options: RawServerOptions,
  flags: readonly string[],
  environment: Record<string, string> = {},
): Promise<BuiltProxy> {
  const server = await createRawServer(options)
  const directory = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
  t.teardown(() => {
    server.close()
    rmSync(directory, { recursive: true })
  })
  const caFile = join(directory, 'ca.pem')
  writeFileSync(caFile, server.caPem)
  const cli = spawnCli(
    t,
    [
      ...['start', '--admin', 'off', '--log-format', 'json'],
      ...['--upstream', server.origin, '--ca-file', caFile, ...flags],
    ],
    { TAILER_PROXY_TOKEN: 'a-token', ...environment },
  )
  const ready = await cli.logged('ready')
  return { cli, server, origin: String(ready['listen']) }
}

/** A path for a unix socket, in a directory that goes with the test. */
export function socketPath(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
  t.teardown(() => {
    rmSync(directory, { recursive: true })
  })
  return join(directory, 'socket')
}
