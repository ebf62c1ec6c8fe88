import type { Socket } from 'node:net'
import { AllowedHosts } from '../access/allowed-hosts.js'
import { createGuard } from '../access/guard.js'
import type { Callers } from '../access/users/callers.js'
import { createAdmin, PROBES } from '../admin/admin.js'
import type { StatusDocument } from '../admin/documents.js'
import { Events } from '../admin/events.js'
import { History } from '../admin/history.js'
import type { RequestInspector } from '../admin/inspect/request-inspector.js'
import type { LastUpstream } from '../admin/last-upstream.js'
import type { Metrics } from '../admin/metrics.js'
import { RecentRequests } from '../admin/recent-requests.js'
import { statusOf, type StatusSources } from '../admin/status.js'
import type { Identity, IdentityKind } from '../identity/identity.js'
import { listen } from '../proxy/listen.js'
import type { Traffic, TrafficObserver } from '../proxy/traffic.js'
import type { Settings } from '../settings/table.js'
import { isLoopback } from '../settings/values/is-loopback.js'
import type { TokenKeeper } from '../token/token-keeper.js'
import type { Upstream } from '../upstream/exchange.js'
import { version } from '../version.js'

export interface AdminParts {
  settings: Settings
  callers: Callers | undefined
  identity: Pick<Identity, 'kind' | 'email'>
  metrics: Metrics
  traffic: Traffic
  tokens: TokenKeeper
  upstream: Pick<Upstream, 'connections'>
  lastUpstream: Pick<LastUpstream, 'read'>
  /** With `--inspect`. */
  inspector: Pick<RequestInspector, 'find'> | undefined
  /** The proxy's address; undefined until it listens. */
  listening: () => string | undefined
  /** Adds an observer of requests. */
  observe: (observer: TrafficObserver) => void
}

export interface AdminListener {
  /** `http://127.0.0.1:9901` */
  readonly listening: string
  close(): Promise<void>
}

/**
 * Opens the admin listener; undefined if it is off.
 * @throws {FatalError} with exit code 4
 */
export async function createAdminListener(parts: AdminParts): Promise<AdminListener | undefined> {
  const { settings, callers, metrics, traffic, tokens, inspector } = parts
  const { admin: address } = settings
  if (address === 'off') return undefined
  const status = (): StatusDocument => statusOf(statusSourcesOf(parts))
  const page = {
    recent: new RecentRequests(),
    history: new History({ inFlight: () => traffic.inFlight }),
    events: new Events(status),
    inspected: inspector && ((requestId: string) => inspector.find(requestId)),
    isLocalClient: ({ remoteAddress }: Socket) =>
      address.kind === 'unix' || isLoopback(remoteAddress ?? ''),
  }
  for (const observer of [page.recent, page.history, page.events]) parts.observe(observer)
  const guard = createGuard({
    hosts:
      address.kind === 'unix' ? 'any' : new AllowedHosts([...settings.allowedHosts, address.host]),
    origins: settings.allowedOrigins,
    admitsOwnOrigin: true,
    rules: undefined,
    requiredHeader: undefined,
    probes: PROBES,
  })
  const admin = createAdmin({
    guard,
    callers: address.kind === 'tcp' ? callers : undefined,
    metrics,
    traffic,
    tokens,
    status,
    page,
  })
  return {
    listening: await listen(admin, address, '--admin', settings.socketMode),
    close: async () => {
      page.history.stop()
      const closed = admin.close()
      admin.server.closeAllConnections()
      await closed
    },
  }
}

function statusSourcesOf(parts: AdminParts): StatusSources {
  const { settings, identity, traffic, tokens, upstream, lastUpstream, listening } = parts
  const { kind, email } = identity
  return {
    version: version(),
    upstream: settings.upstream,
    identity: {
      ...{ kind, email },
      tokenType: sentTokenType(kind, settings.tokenType),
      audience: settings.audience,
    },
    traffic,
    tokens,
    upstreamConnections: () => upstream.connections,
    lastUpstream: () => lastUpstream.read(),
    listening,
  }
}

/** `--token-type` applies only to Google's credentials: others give what they have. */
function sentTokenType(kind: IdentityKind, tokenType: Settings['tokenType']): string {
  if (kind === 'tailer') return 'firebase-id-token'
  return kind === 'exec' || kind === 'static' ? 'as-given' : tokenType
}
