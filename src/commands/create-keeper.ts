import type { Metrics } from '../admin/metrics.js'
import type { Identity } from '../identity/identity.js'
import type { Log } from '../log.js'
import type { TokenSource } from '../token/token-source.js'
import { TokenKeeper } from '../token/token-keeper.js'

/** The keeper, with log and metrics told of its work: one line a change of state, not a try. */
export function createKeeper(
  source: TokenSource,
  log: Log,
  metrics: Metrics,
  onToken: () => void,
): TokenKeeper {
  let failing: string | undefined
  return new TokenKeeper({
    source,
    observer: {
      minted(token) {
        metrics.keeper.minted(token)
        const level = failing === undefined ? 'debug' : 'info'
        failing = undefined
        log[level]({ expiresAt: isoTime(token.expiresAtMs) }, 'token minted')
        onToken()
      },
      mintFailed(error, retryInMs) {
        metrics.keeper.mintFailed(error, retryInMs)
        const level = failing === error.message ? 'debug' : 'warn'
        failing = error.message
        log[level]({ reason: error.message, hint: error.hint, retryInMs }, 'token not minted')
      },
      clockJumped(byMs) {
        log.warn({ byMs }, 'the clock jumped; minting anew')
      },
    },
  })
}

/** Follows a credential file, if the identity has one; gives what ends that. */
export function followCredentials(
  identity: Identity,
  tokens: TokenKeeper,
  log: Log,
  metrics: Metrics,
): () => void {
  const file = identity.origin
  const unwatch = identity.watch?.({
    reloaded() {
      metrics.credentialsReloaded('ok')
      log.info({ file }, 'credentials changed')
      tokens.renew()
    },
    reloadFailed(reason, hint) {
      metrics.credentialsReloaded('error')
      log.warn({ file, reason, hint }, 'changed credentials not used')
    },
  })
  return unwatch ?? (() => undefined)
}

function isoTime(ms: number): string | undefined {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined
}
