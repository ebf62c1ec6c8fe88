import { readFileSync } from 'node:fs'
import { AllowedHosts } from '../access/allowed-hosts.js'
import { createGuard } from '../access/guard.js'
import { codeOf, EXIT, FatalError } from '../errors.js'
import type { Identity } from '../identity/identity.js'
import type { Log } from '../log.js'
import { createDoor } from '../proxy/door.js'
import { listen } from '../proxy/listen.js'
import { Traffic, type TrafficObserver } from '../proxy/traffic.js'
import type { Settings } from '../settings/table.js'
import { isLocalAddress } from '../settings/values/parse-address.js'
import { MintError } from '../token/token-source.js'
import { TokenKeeper } from '../token/token-keeper.js'
import { createDial } from '../upstream/dial.js'
import { createNodeConnection } from '../upstream/node/node-connection.js'
import { Pool } from '../upstream/pool.js'

/** A proxy that serves. */
export interface RunningProxy {
  /** `http://127.0.0.1:8080` */
  readonly listening: string
  /** Takes no more requests, lets those in flight end; gives how many it had to cut. */
  drain(): Promise<number>
}

/**
 * Puts the parts together: identity, keeper, upstream, guard, door. The first token is minted and
 * the first connection opened before the door is.
 * @throws {FatalError}
 */
export async function startProxy(
  settings: Settings,
  identity: Identity,
  log: Log,
): Promise<RunningProxy> {
  const traffic = new Traffic([logRequests(log)])
  const upstream = createUpstream(settings, log)
  let tell: (() => void) | undefined
  const tokens = new TokenKeeper({
    source: identity.source,
    observer: {
      minted(token) {
        log.debug({ expiresAt: isoTime(token.expiresAtMs) }, 'token minted')
        tell?.()
      },
      mintFailed(error, retryInMs) {
        log.warn({ reason: error.message, hint: error.hint, retryInMs }, 'no token')
      },
      clockJumped(byMs) {
        log.warn({ byMs }, 'the clock jumped; minting anew')
      },
    },
  })
  try {
    await Promise.all([tokens.start(), upstream.connect()])
  } catch (error) {
    if (!(error instanceof MintError)) throw error
    const { message, hint } = error
    throw new FatalError(message, {
      exitCode: EXIT.credentials,
      where: identity.origin,
      cause: error,
      ...(hint !== undefined && { hint }),
    })
  }

  const { listen: address, requireHeader, allowedHosts } = settings
  const ownHost = address.kind === 'tcp' ? [address.host] : []
  const hosts = new AllowedHosts([...allowedHosts, ...ownHost])
  const guard = createGuard({
    hosts,
    origins: settings.allowedOrigins,
    rules: settings.rules,
    requiredHeader: requireHeader && {
      name: requireHeader.name.toLowerCase(),
      value: requireHeader.value.reveal(),
    },
  })
  const door = createDoor({
    guard,
    clientHeaderTimeoutMs: settings.clientHeaderTimeoutMs,
    context: {
      upstream,
      upstreamOrigin: settings.upstream,
      tokens,
      tokenHeader: settings.tokenHeader,
      traffic,
      hosts,
      requiredHeader: requireHeader?.name.toLowerCase(),
      maxInFlight: settings.maxInFlight,
      replayLimitBytes: settings.replayLimitBytes,
      responseTimeoutMs: settings.responseTimeoutMs,
      idleTimeoutMs: settings.idleTimeoutMs,
    },
  })
  const listening = await listen(door, address, '--listen')
  if (!isLocalAddress(address)) {
    const meaning = 'whoever can reach this address calls the upstream with this identity'
    log.warn({ listen: listening, identity: identity.kind, email: identity.email }, meaning)
  }
  const ready = {
    listen: listening,
    upstream: settings.upstream,
    identity: identity.kind,
    email: identity.email,
  }
  tell = () => {
    tell = undefined
    log.info(ready, 'ready')
  }
  if (tokens.current() !== undefined) tell()

  return {
    listening,
    async drain() {
      const { server } = door
      server.close()
      const sweeper = setInterval(() => {
        server.closeIdleConnections()
      }, 50)
      const cut = await traffic.drain(settings.drainTimeoutMs)
      clearInterval(sweeper)
      server.closeAllConnections()
      tokens.stop()
      upstream.close()
      await door.close()
      return cut
    },
  }
}

function createUpstream(settings: Settings, log: Log): Pool {
  const origin = settings.upstream
  const files = [settings.caFile, settings.extraCaFile]
  const dial = createDial({
    origin,
    timeoutMs: settings.connectTimeoutMs,
    extraCas: settings.caFile === undefined ? [] : files.flatMap((file) => readCa(file)),
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

function logRequests(log: Log): TrafficObserver {
  return {
    onOutcome(outcome) {
      const { durationMs, ...rest } = outcome
      log.info({ ...rest, durationMs: Math.round(durationMs * 100) / 100 }, 'request')
    },
    onReplay(reason) {
      log.debug({ reason }, 'request sent again')
    },
  }
}

function isoTime(ms: number): string | undefined {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined
}
