import type { Traffic } from '../proxy/traffic.js'
import type { TokenKeeper } from '../token/token-keeper.js'

/** What stays the same as long as the process runs. */
export interface StatusFacts {
  readonly version: string
  readonly upstream: string
  readonly identity: {
    readonly kind: string
    readonly email: string | undefined
    readonly tokenType: string
    readonly audience: string
  }
}

export interface StatusSources extends StatusFacts {
  readonly traffic: Pick<Traffic, 'total' | 'inFlight' | 'errors'>
  readonly tokens: Pick<TokenKeeper, 'current' | 'last' | 'renewing'>
  upstreamConnections(): number
  /** Where the proxy serves; undefined until it does. */
  listening(): string | undefined
}

/** Owns the status document, for a person and a script; it holds nothing that is secret. */
export function statusOf(sources: StatusSources): object {
  const { version, upstream, identity, traffic, tokens } = sources
  return {
    version,
    uptimeSeconds: Math.floor(process.uptime()),
    listen: sources.listening() ?? null,
    upstream,
    identity: { ...identity, email: identity.email ?? null },
    token: tokenStatus(tokens),
    upstreamConnections: sources.upstreamConnections(),
    requests: { total: traffic.total, inFlight: traffic.inFlight, errors: traffic.errors },
  }
}

/** A token that has ended is none; `null` stands for a time that does not come. */
function tokenStatus(tokens: StatusSources['tokens']): object {
  const token = tokens.current()
  const held = tokens.renewing ? 'renewing' : 'valid'
  const state = token === undefined ? 'none' : held
  const expiresAtMs = token?.expiresAtMs ?? Infinity
  const ends = Number.isFinite(expiresAtMs)
  return {
    state,
    issuedAt: token === undefined ? null : new Date(token.receivedAtMs).toISOString(),
    expiresAt: ends ? new Date(expiresAtMs).toISOString() : null,
    expiresInSeconds: ends ? Math.floor((expiresAtMs - Date.now()) / 1000) : null,
    fingerprint: token?.fingerprint ?? null,
  }
}
