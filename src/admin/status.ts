import type { Traffic } from '../proxy/traffic.js'
import type { TokenKeeper } from '../token/token-keeper.js'
import type { LastUpstreamStatus, StatusDocument, TokenStatus } from './documents.js'

/** What does not change while the process runs. */
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
  readonly tokens: Pick<TokenKeeper, 'current' | 'lastError' | 'renewing'>
  upstreamConnections(): number
  lastUpstream(): LastUpstreamStatus
  /** The proxy's address; undefined until it listens. */
  listening(): string | undefined
}

/** Owns the status document, for people and scripts; it contains no secrets. */
export function statusOf(sources: StatusSources): StatusDocument {
  const { version, upstream, identity, traffic, tokens } = sources
  return {
    version,
    pid: process.pid,
    uptimeSeconds: Math.floor(process.uptime()),
    listen: sources.listening() ?? null,
    upstream,
    identity: { ...identity, email: identity.email ?? null },
    token: tokenStatus(tokens),
    upstreamConnections: sources.upstreamConnections(),
    lastUpstream: sources.lastUpstream(),
    lastMintError: mintErrorOf(tokens),
    requests: { total: traffic.total, inFlight: traffic.inFlight, errors: traffic.errors },
  }
}

/** Why the last mint failed, and what to do, as in the log. */
function mintErrorOf({ lastError }: StatusSources['tokens']): string | null {
  if (lastError === undefined) return null
  const { message, hint } = lastError
  return hint === undefined ? message : `${message}; hint: ${hint}`
}

/** An expired token counts as none; `null` stands for a time that never comes. */
function tokenStatus(tokens: StatusSources['tokens']): TokenStatus {
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
