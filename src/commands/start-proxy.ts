import { setTimeout } from 'node:timers/promises'
import { LastUpstream } from '../admin/last-upstream.js'
import type { MetricSources } from '../admin/metrics.js'
import { EXIT, FatalError } from '../errors.js'
import type { Identity } from '../identity/identity.js'
import type { Log } from '../log/log.js'
import { listen } from '../proxy/listen.js'
import { Traffic, type TrafficObserver } from '../proxy/traffic.js'
import type { Settings } from '../settings/table.js'
import { isLocalAddress } from '../settings/values/parse-address.js'
import { type Clock, systemClock } from '../token/clock.js'
import { MintError } from '../token/token-source.js'
import type { Token } from '../token/token.js'
import { createAdminListener } from './create-admin-listener.js'
import { createCallers } from './create-callers.js'
import { createKeeper, followCredentials } from './create-keeper.js'
import { createLocalDoor } from './create-local-door.js'
import { closeUpstream, createUpstream } from './create-upstream.js'
import { logRequests } from './log-requests.js'
import { Refusals } from './refusals.js'
import { spareDescriptors } from './spare-descriptors.js'
import { tryToListen } from './try-to-listen.js'
import { createUpstreamTrust } from './upstream-trust.js'
import { watchClock } from './watch-clock.js'
import { whyRefused } from './why-refused.js'

/** A running proxy. */
export interface RunningProxy {
  /** `http://127.0.0.1:8080` */
  readonly listening: string
  /** Like `listening`; undefined if it is off. */
  readonly admin: string | undefined
  /** Requests in progress. */
  readonly inFlight: number
  /** Takes no more requests, lets those in flight finish; returns how many it had to abort. */
  drain(): Promise<number>
  /** Aborts those in flight at once; returns how many. */
  abort(): number
}

/** What `demo` and tests override. */
export interface StartOptions {
  /** PEM texts of CAs to trust for the upstream, besides Node's; default: those of `--ca-file`. */
  readonly extraCas?: string[]
  /** For the token's life. */
  readonly clock?: Clock
  /** Called once the listeners are open, before `ready` is logged. */
  readonly onListening?: (listening: string, admin: string | undefined) => void
}

/** For the first connection; the door need not wait for an upstream that is down. */
const FIRST_CONNECTION_MS = 1_000

/**
 * Wires the parts together: identity, keeper, upstream, guard, door. The first token is minted and
 * the first connection opened before the door is.
 * @throws {FatalError}
 */
export async function startProxy(
  settings: Settings,
  identity: Identity,
  log: Log,
  { extraCas, clock = systemClock, onListening }: StartOptions = {},
): Promise<RunningProxy> {
  const inUse = await tryToListen(settings)
  if (inUse.length > 0) throw allOf(inUse)
  const inspector = await createInspector(settings)
  const lastUpstream = new LastUpstream()
  const trust = createUpstreamTrust(settings, extraCas)
  const upstream = createUpstream(settings, log, trust.current, ({ code }) => {
    lastUpstream.failed(code)
  })
  const metrics = await createMetricsOf(settings, {
    inFlight: () => traffic.inFlight,
    upstreamConnections: () => upstream.connections,
    tokenExpiresAtMs: () => tokens.current()?.expiresAtMs,
  })
  const clockWatch = watchClock(log)
  const refusals = new Refusals(log, (status) => {
    const { kind, email } = identity
    const { audience, upstream, tokenType } = settings
    return whyRefused(status, {
      ...{ kind, email, audience, upstream, tokenType },
      clockIsWrong: clockWatch.isWrong,
      isFirebase: kind === 'tailer',
    })
  })
  const observers: TrafficObserver[] = [logRequests(log), refusals, lastUpstream]
  if (metrics !== undefined) observers.push(metrics.traffic)
  const traffic = new Traffic(observers)
  let tell: (() => void) | undefined
  const onToken = (token: Token): void => {
    traffic.conceal(token.reveal())
    inspector?.onToken(token)
    tell?.()
  }
  const tokens = createKeeper(identity.source, log, metrics, onToken, clock)
  await Promise.all([tokens.start(), soon(upstream.connect())]).catch((error: unknown) => {
    throw asFatal(error, identity)
  })

  const following = [followCredentials(identity, tokens, log, metrics), trust.follow(log)]

  const { listen: address } = settings
  const callers = createCallers(settings, log)
  const clockSkew = clockWatch.skew
  const door = createLocalDoor(settings, {
    ...{ callers, upstream, tokens, traffic, inspector, clockSkew },
  })
  let listening: string | undefined = undefined
  const parts = { settings, callers, identity, traffic, tokens, upstream, lastUpstream }
  const faults: unknown[] = []
  const collect = (error: unknown): undefined => void faults.push(error)
  const admin =
    metrics &&
    (await createAdminListener({
      ...parts,
      metrics,
      inspector,
      listening: () => listening,
      observe: (observer) => observers.push(observer),
    }).catch(collect))
  listening = await listen(door, address, '--listen', settings.socketMode).catch(collect)
  if (listening === undefined || faults.length > 0) throw allOf(faults)
  spareDescriptors(door.server, log)
  if (!isLocalAddress(address)) {
    const meaning = 'anyone who can reach this address calls the upstream with this identity'
    log.warn({ listen: listening, identity: identity.kind, email: identity.email }, meaning)
  }
  if (inspector !== undefined) {
    const meaning = 'headers and bodies of the last 100 requests are kept and shown (--inspect)'
    log.info({ admin: admin?.listening }, meaning)
  }
  const ready = {
    listen: listening,
    admin: admin?.listening,
    upstream: settings.upstream,
    identity: identity.kind,
    email: identity.email,
  }
  onListening?.(listening, admin?.listening)
  tell = () => {
    tell = undefined
    log.info(ready, 'ready')
  }
  if (tokens.current() !== undefined) tell()

  return {
    listening,
    admin: admin?.listening,
    get inFlight() {
      return traffic.inFlight
    },
    abort: () => traffic.abortAll(),
    async drain() {
      const { server } = door
      server.close()
      const sweeper = setInterval(() => {
        server.closeIdleConnections()
      }, 50)
      const aborted = await traffic.drain(settings.drainTimeoutMs)
      clearInterval(sweeper)
      server.closeAllConnections()
      for (const unfollow of following) unfollow()
      tokens.stop()
      await closeUpstream(upstream)
      await Promise.all([door.close(), admin?.close()])
      return aborted
    },
  }
}

/** Credentials that can never work are fatal. */
function asFatal(error: unknown, { origin }: Identity): unknown {
  if (!(error instanceof MintError)) return error
  const { message, hint } = error
  return new FatalError(message, {
    exitCode: EXIT.credentials,
    where: origin,
    cause: error,
    ...(hint !== undefined && { hint }),
  })
}

/** One error for all, so that other addresses are chosen once. */
function allOf(faults: readonly unknown[]): unknown {
  const fatal = faults.filter((fault) => fault instanceof FatalError)
  const foreign = faults.find((fault) => !(fault instanceof FatalError))
  if (foreign !== undefined || fatal.length === 1) return foreign ?? fatal[0]
  return new FatalError(fatal.map(({ message }) => message).join('; '), {
    exitCode: EXIT.listen,
    where: fatal.map(({ where }) => where).join(', '),
    hint: fatal.flatMap(({ hint }) => hint ?? []).join('; '),
  })
}

/** Undefined without `--inspect`, or without a page to show it. */
async function createInspector({ inspect, admin, requireHeader }: Settings) {
  if (!inspect || admin === 'off') return undefined
  const { RequestInspector } = await import('../admin/inspect/request-inspector.js')
  return new RequestInspector(requireHeader?.name.toLowerCase())
}

/** Undefined without an admin listener to show them. */
async function createMetricsOf({ admin }: Settings, sources: MetricSources) {
  if (admin === 'off') return undefined
  const { createMetrics } = await import('../admin/metrics.js')
  return createMetrics(sources)
}

/** Waits for it, but not for long. */
async function soon(promise: Promise<void>): Promise<void> {
  const waiting = new AbortController()
  const timeout = setTimeout(FIRST_CONNECTION_MS, undefined, { signal: waiting.signal })
  await Promise.race([promise, timeout])
  waiting.abort()
  await timeout.catch(() => undefined)
}
