import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { codeOf, EXIT, FatalError } from '../errors.js'
import type { Log } from '../log.js'
import { proxyFor } from '../settings/proxy-for.js'
import type { Settings } from '../settings/table.js'
import { createDial } from '../upstream/dial.js'
import { createNodeConnection } from '../upstream/node/node-connection.js'
import { Pool } from '../upstream/pool.js'

/** For connections without a request to say goodbye, in milliseconds. */
const CLOSE_MS = 500

/**
 * Makes the pool of connections to the upstream of the settings, through their proxy if any.
 * @throws {FatalError} if a CA file cannot be used
 */
export function createUpstream(settings: Settings, log: Log): Pool {
  const origin = settings.upstream
  const dial = createDial({
    origin,
    timeoutMs: settings.connectTimeoutMs,
    extraCas: readExtraCas(settings),
    proxy: proxyFor(origin, settings)?.reveal(),
  })
  return new Pool({
    origin,
    dial,
    createConnection: createNodeConnection,
    connectTimeoutMs: settings.connectTimeoutMs,
    observer: {
      connected: () => {
        log.debug({ upstream: origin }, 'upstream connected')
      },
      connectFailed: ({ code, reason }) => {
        log.warn({ upstream: origin, code, reason }, 'upstream cannot be reached')
      },
      disconnected: (reason) => {
        log.debug({ upstream: origin, reason }, 'upstream connection ended')
      },
    },
  })
}

/** Ends its connections with GOAWAY, and waits until that is on its way, but not for a dead network. */
export async function closeUpstream(upstream: Pool): Promise<void> {
  upstream.close()
  const deadline = performance.now() + CLOSE_MS
  while (upstream.connections > 0 && performance.now() < deadline) await setTimeout(5)
}

/** PEM texts to trust for the upstream, beside what Node trusts by itself. */
export function readExtraCas(settings: Pick<Settings, 'caFile' | 'extraCaFile'>): string[] {
  if (settings.caFile === undefined) return []
  return [settings.caFile, settings.extraCaFile].flatMap((file) => readCa(file))
}

function readCa(file: string | undefined): string[] {
  if (file === undefined) return []
  const hint = 'name a PEM file with one or more certificates'
  const fail = (what: string, cause?: unknown): never => {
    throw new FatalError(what, { exitCode: EXIT.usage, where: `--ca-file ${file}`, hint, cause })
  }
  try {
    const text = readFileSync(file, 'utf8')
    if (!text.includes('-----BEGIN CERTIFICATE-----')) return fail('the file holds no certificate')
    return [text]
  } catch (error) {
    if (error instanceof FatalError) throw error
    return fail(`the file cannot be read: ${codeOf(error) ?? 'unknown'}`, error)
  }
}
