import { AllowedHosts } from '../access/allowed-hosts.js'
import { createGuard } from '../access/guard.js'
import { createAdmin } from '../admin/admin.js'
import type { LastUpstream } from '../admin/last-upstream.js'
import type { Metrics } from '../admin/metrics.js'
import type { Identity, IdentityKind } from '../identity/identity.js'
import { listen } from '../proxy/listen.js'
import type { Traffic } from '../proxy/traffic.js'
import type { Settings } from '../settings/table.js'
import type { TokenKeeper } from '../token/token-keeper.js'
import type { Upstream } from '../upstream/exchange.js'
import { version } from '../version.js'

export interface AdminParts {
  settings: Settings
  identity: Pick<Identity, 'kind' | 'email'>
  metrics: Metrics
  traffic: Traffic
  tokens: TokenKeeper
  upstream: Pick<Upstream, 'connections'>
  lastUpstream: Pick<LastUpstream, 'read'>
  /** Where the proxy serves; undefined until it does. */
  listening: () => string | undefined
}

export interface AdminListener {
  /** `http://127.0.0.1:9901` */
  readonly listening: string
  close(): Promise<void>
}

/**
 * Opens the admin listener of the settings; undefined if it is off.
 * @throws {FatalError} with exit code 4
 */
export async function createAdminListener(parts: AdminParts): Promise<AdminListener | undefined> {
  const { settings, identity, metrics, traffic, tokens, upstream, lastUpstream, listening } = parts
  const { admin: address } = settings
  if (address === 'off') return undefined
  const ownHost = address.kind === 'tcp' ? [address.host] : []
  const admin = createAdmin({
    guard: createGuard({
      hosts: new AllowedHosts([...settings.allowedHosts, ...ownHost]),
      origins: settings.allowedOrigins,
      rules: undefined,
      requiredHeader: undefined,
    }),
    metrics,
    traffic,
    tokens,
    status: {
      version: version(),
      upstream: settings.upstream,
      identity: {
        // They follow the credentials file.
        get kind() {
          return identity.kind
        },
        get email() {
          return identity.email
        },
        get tokenType() {
          return sentTokenType(identity.kind, settings.tokenType)
        },
        audience: settings.audience,
      },
      upstreamConnections: () => upstream.connections,
      lastUpstream: () => lastUpstream.read(),
      listening,
    },
  })
  return {
    listening: await listen(admin, address, '--admin'),
    close: async () => {
      const closed = admin.close()
      admin.server.closeAllConnections()
      await closed
    },
  }
}

/** `--token-type` is about Google's credentials alone: others give what they have. */
function sentTokenType(kind: IdentityKind, tokenType: Settings['tokenType']): string {
  if (kind === 'tailer') return 'firebase-id-token'
  return kind === 'exec' || kind === 'static' ? 'as-given' : tokenType
}
