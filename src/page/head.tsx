import type { ComponentChildren } from 'preact'
import type { StatusDocument } from '../admin/documents.js'
import type { Feed } from './feed.js'
import { formatDateTime, formatSpan, formatTime } from './format.js'
import type { Problem } from './health.js'
import { useNow } from './use-now.js'

/** Owns the head of the page: the state in a word, the identity and its token, the addresses. */

export function Masthead({ feed, problems }: { feed: Feed; problems: readonly Problem[] }) {
  const { status, inspect } = feed
  const [worst] = problems
  const isKnown = status !== undefined
  const tone = worst?.tone ?? (isKnown ? 'good' : 'none')
  return (
    <header class="masthead">
      <h1>tailer-proxy</h1>
      <p class={`pill ${tone}`} role="status">
        <span class="dot" aria-hidden="true" />
        {worst?.short ?? (isKnown ? 'Ready' : 'Connecting')}
      </p>
      {inspect && (
        <p class="pill none" title="Headers and bodies of the last 100 requests are kept in memory">
          --inspect
        </p>
      )}
      {isKnown && <p class="version">{status.version}</p>}
    </header>
  )
}

export function Cards({ feed }: { feed: Feed }) {
  const { status } = feed
  if (status === undefined) return null
  return (
    <div class="cards">
      <IdentityCard status={status} />
      <TokenCard feed={feed} status={status} />
      <ProxyCard feed={feed} status={status} />
    </div>
  )
}

/** The common names of the kinds of credentials. */
const KINDS: Readonly<Record<string, string>> = {
  'service-account': 'Service account',
  tailer: 'Tailer login',
  adc: 'Application Default Credentials',
  exec: 'Command (--exec)',
  static: 'Static token',
}

function IdentityCard({ status: { identity } }: { status: StatusDocument }) {
  const { kind, email, tokenType, audience } = identity
  return (
    <section class="card" aria-labelledby="identity-title">
      <h2 id="identity-title">Identity</h2>
      <p class="lead">{email ?? KINDS[kind] ?? kind}</p>
      <dl>
        <Fact name="Kind">{KINDS[kind] ?? kind}</Fact>
        <Fact name="Token type">{tokenType}</Fact>
        <Fact name="Audience">{audience}</Fact>
      </dl>
    </section>
  )
}

function TokenCard({ feed, status }: { feed: Feed; status: StatusDocument }) {
  const elapsedMs = useNow() - feed.statusAtMs
  const { state, issuedAt, expiresAt, expiresInSeconds, fingerprint } = status.token
  const leftSeconds =
    expiresInSeconds === null ? null : Math.max(0, expiresInSeconds - elapsedMs / 1_000)
  const isGone = state === 'none'
  return (
    <section class="card" aria-labelledby="token-title">
      <h2 id="token-title">Token</h2>
      <p class={isGone ? 'lead bad' : 'lead'}>{leadOf(isGone, leftSeconds)}</p>
      {!isGone && issuedAt !== null && expiresAt !== null && leftSeconds !== null && (
        <LifeBar issuedAt={issuedAt} expiresAt={expiresAt} leftSeconds={leftSeconds} />
      )}
      <dl>
        {state === 'renewing' && <Fact name="State">being renewed now</Fact>}
        {issuedAt !== null && <Fact name="Issued">{formatTime(issuedAt)}</Fact>}
        {expiresAt !== null && (
          <Fact name="Expires">
            {formatTime(expiresAt)}
            {issuedAt !== null && <span class="aside">, renewed ahead of it</span>}
          </Fact>
        )}
        {fingerprint !== null && (
          <Fact name="Fingerprint">
            <code title="The first 12 hex digits of its SHA-256">{fingerprint}</code>
          </Fact>
        )}
      </dl>
    </section>
  )
}

function leadOf(isGone: boolean, leftSeconds: number | null): string {
  if (isGone) return 'None'
  return leftSeconds === null ? 'Does not expire' : `${formatSpan(leftSeconds)} left`
}

/** The keeper renews when five minutes remain, or a fifth of the token's life. */
const RENEW_AHEAD_S = 300

interface LifeBarProps {
  issuedAt: string
  expiresAt: string
  leftSeconds: number
}

function LifeBar({ issuedAt, expiresAt, leftSeconds }: LifeBarProps) {
  const lifeSeconds = Math.max(1, (Date.parse(expiresAt) - Date.parse(issuedAt)) / 1_000)
  const left = Math.min(100, (leftSeconds / lifeSeconds) * 100)
  const renewAt = (Math.min(RENEW_AHEAD_S, lifeSeconds / 5) / lifeSeconds) * 100
  return (
    <div
      class={left <= renewAt / 2 ? 'life ending' : 'life'}
      role="meter"
      aria-label="Life left"
      aria-valuemin={0}
      aria-valuemax={Math.round(lifeSeconds)}
      aria-valuenow={Math.round(leftSeconds)}
      aria-valuetext={`${formatSpan(leftSeconds)} left`}
    >
      <div class="left" style={{ width: `${left}%` }} />
      <div class="renewal" style={{ left: `${renewAt}%` }} title="It is renewed here" />
    </div>
  )
}

function ProxyCard({ feed, status }: { feed: Feed; status: StatusDocument }) {
  const elapsedMs = useNow() - feed.statusAtMs
  const { upstream, upstreamConnections: connections, lastUpstream: last, listen, pid } = status
  const upSeconds = status.uptimeSeconds + elapsedMs / 1_000
  const isLost = feed.lostAtMs !== undefined
  return (
    <section class="card" aria-labelledby="upstream-title">
      <h2 id="upstream-title">Upstream</h2>
      <p class="lead">{upstream.replace(/^https:\/\//, '')}</p>
      <dl>
        <Fact name="Connections">
          {connections === 0 ? <span class="bad">none open</span> : `${connections} open`}
        </Fact>
        <Fact name="Last response">
          {last.status === null ? 'none yet' : `${last.status}, ${formatTime(last.at ?? '')}`}
        </Fact>
        {listen !== null && (
          <Fact name="Local address">
            <code>{listen}</code>
          </Fact>
        )}
        <Fact name="Running since">
          {formatDateTime(Date.now() - upSeconds * 1_000)}
          {!isLost && <span class="aside"> (pid {pid})</span>}
        </Fact>
      </dl>
    </section>
  )
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
