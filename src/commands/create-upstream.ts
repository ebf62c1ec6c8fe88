import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { codeOf, EXIT, FatalError } from '../errors.js'
import type { Log } from '../log.js'
import { proxyFor } from '../settings/environment/proxy-for.js'
import type { Settings } from '../settings/table.js'
import { createDial } from '../upstream/dial.js'
import { Pool, type PoolObserver } from '../upstream/pool.js'

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** For connections without a request to say goodbye, in milliseconds. */
const CLOSE_MS = 500

/**
 * Makes the pool of connections to the upstream of the settings, through their proxy if any.
 * @param extraCas PEM texts; by default those of the settings' files
 * @param onConnectFailed told of each try that failed
 * @throws {FatalError} if a CA file cannot be used
 */
export function createUpstream(
  settings: Settings,
  log: Log,
  extraCas = readExtraCas(settings),
  onConnectFailed?: PoolObserver['connectFailed'],
): Pool {
  const origin = settings.upstream
  /** What last failed: one warning a change of state, not a try. */
  let failing: string | undefined
  const dial = createDial({
    origin,
    timeoutMs: settings.connectTimeoutMs,
    extraCas,
    proxy: proxyFor(origin, settings)?.reveal(),
  })
  return new Pool({
    origin,
    dial,
    connectTimeoutMs: settings.connectTimeoutMs,
    observer: {
      connected: () => {
        const level = failing === undefined ? 'debug' : 'info'
        failing = undefined
        log[level]({ upstream: origin }, 'upstream connected')
      },
      connectFailed: (error) => {
        onConnectFailed?.(error)
        const { code, reason } = error
        const level = failing === `${code} ${reason}` ? 'debug' : 'warn'
        failing = `${code} ${reason}`
        log[level]({ upstream: origin, code, reason }, 'upstream cannot be reached')
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
  const { caFile, extraCaFile } = settings
  if (caFile === undefined) return []
  const own = readCa(caFile)
  if ('fault' in own) {
    throw new FatalError(`the CA file ${own.fault}`, {
      exitCode: EXIT.usage,
      where: `--ca-file ${caFile}`,
      hint: 'name a PEM file with one or more certificates',
    })
  }
  // Node warns of a bad one by itself, and goes on without it; so do we.
  const extra = extraCaFile === undefined ? undefined : readCa(extraCaFile)
  return extra === undefined || 'fault' in extra ? [own.pem] : [own.pem, extra.pem]
}

function readCa(file: string): { pem: string } | { fault: string } {
  let pem: string
  try {
    pem = readFileSync(file, 'utf8')
  } catch (error) {
    return { fault: `cannot be read: ${codeOf(error) ?? 'unknown'}` }
  }
  const certificates = pem.match(PEM_CERTIFICATE) ?? []
  if (certificates.length === 0) return { fault: 'holds no certificate' }
  const bad = certificates.findIndex((text) => !isCertificate(text))
  return bad < 0 ? { pem } : { fault: `holds a broken certificate, number ${bad + 1}` }
}

/** TLS would leave out a broken one without a word. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}
