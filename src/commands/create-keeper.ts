import type { Metrics } from '../admin/metrics.js'
import type { Identity } from '../identity/identity.js'
import type { Log } from '../log/log.js'
import type { Clock } from '../token/clock.js'
import type { TokenSource } from '../token/token-source.js'
import { TokenKeeper } from '../token/token-keeper.js'
import type { Token } from '../token/token.js'

/** Some sources word each failure differently. */
const MAX_TOLD = 10

/** The keeper, with log and metrics: one log line for each change of state, not each try. */
export function createKeeper(
  source: TokenSource,
  log: Log,
  metrics: Metrics | undefined,
  onToken: (token: Token) => void,
  clock: Clock,
): TokenKeeper {
  /** What was logged since the last token. */
  const told = new Set<string>()
  const tokens: TokenKeeper = new TokenKeeper({
    source,
    clock,
    observer: {
      minted(token) {
        metrics?.keeper.minted(token)
        const level = told.size === 0 ? 'debug' : 'info'
        told.clear()
        log[level]({ expiresAt: isoTime(token.expiresAtMs) }, 'token minted')
        onToken(token)
      },
      mintFailed(error, retryInMs) {
        metrics?.keeper.mintFailed(error, retryInMs)
        const { message: reason, hint } = error
        const usable = tokens.current() !== undefined
        const state = `${usable ? 'while one is held' : 'none is held'}: ${reason}`
        const isNew = !told.has(state) && told.size < MAX_TOLD
        if (isNew) told.add(state)
        const level = usable ? 'warn' : 'error'
        log[isNew ? level : 'debug']({ reason, hint, retryInMs, usable }, 'token not minted')
      },
      clockJumped(byMs) {
        log.warn({ byMs }, 'the clock jumped; minting a new token')
      },
    },
  })
  return tokens
}

/** Watches the identity's credentials file, if any; returns a function that stops watching. */
export function followCredentials(
  identity: Pick<Identity, 'origin' | 'watch'>,
  tokens: TokenKeeper,
  log: Log,
  metrics: Metrics | undefined,
): () => void {
  const file = identity.origin
  const unwatch = identity.watch?.({
    reloaded() {
      metrics?.credentialsReloaded('ok')
      log.info({ file }, 'credentials changed')
      tokens.renew()
    },
    reloadFailed(reason, hint) {
      metrics?.credentialsReloaded('error')
      log.warn({ file, reason, hint }, 'changed credentials cannot be used; keeping the old ones')
    },
  })
  return unwatch ?? (() => undefined)
}

function isoTime(ms: number): string | undefined {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined
}
