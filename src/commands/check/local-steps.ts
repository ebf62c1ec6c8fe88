import { statSync } from 'node:fs'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { EXIT, FatalError } from '../../errors.js'
import type { Identity } from '../../identity/identity.js'
import { loadIdentity } from '../../identity/load-identity.js'
import type { Settings } from '../../settings/table.js'
import { MintError } from '../../token/token-source.js'
import type { Token } from '../../token/token.js'
import { mintOnce } from '../mint-once.js'
import { type CheckState, fail, failOf, type Finding, ok, skip, warn } from './finding.js'

/** Owns the steps that need no upstream: settings, credentials and the token. */

export function checkSettings(state: CheckState, load: () => Settings): Finding {
  try {
    state.settings = load()
  } catch (error) {
    if (error instanceof FatalError) return failOf(error)
    throw error
  }
  const given = Object.entries(state.settings.sources)
    .filter(([, source]) => source !== 'default')
    .map(([name, source]) => `${name} from ${source}`)
  const { upstream } = state.settings
  return ok(`upstream ${upstream}; ${given.length > 0 ? given.join(', ') : 'all defaults'}`)
}

export function checkCredentials(state: CheckState): Finding {
  if (state.settings === undefined) return skip('needs settings')
  try {
    state.identity = loadIdentity(state.settings)
  } catch (error) {
    if (error instanceof FatalError) return failOf(error)
    throw error
  }
  const { kind, email, origin } = state.identity
  const mode = statSync(origin, { throwIfNoEntry: false })?.mode
  const seen = `${kind}${email === undefined ? '' : ` ${email}`}, from ${origin}`
  if (mode === undefined) return ok(seen)
  const detail = `${seen}, mode 0${(mode & 0o777).toString(8)}`
  // In a container nobody else is there to read what is mounted.
  if ((mode & 0o077) === 0 || origin.startsWith('/var/run/secrets/')) return ok(detail)
  return warn(`${detail}: other users can read it`, `chmod 600 ${origin}`)
}

export async function checkToken(state: CheckState): Promise<Finding> {
  const { identity, settings } = state
  if (identity === undefined || settings === undefined) return skip('needs credentials')
  try {
    state.token = await mintOnce(identity.source)
  } catch (error) {
    if (!(error instanceof MintError)) throw error
    const exitCode = error.permanent ? EXIT.credentials : EXIT.unavailable
    return fail(error.message, error.hint, exitCode)
  }
  return describeToken(state.token, identity, settings)
}

/** Its claims, never its signature: without that nobody can use them. */
function describeToken(token: Token, { kind }: Identity, settings: Settings): Finding {
  const { tokenType, audience } = settings
  const left = Number.isFinite(token.expiresAtMs)
    ? `${Math.floor((token.expiresAtMs - Date.now()) / 1000)} s left`
    : 'does not end'
  const facts = [`fingerprint ${token.fingerprint}`, left]
  let claims: ReturnType<typeof decodeJwt>
  try {
    const value = token.reveal()
    claims = decodeJwt(value)
    const { alg, kid } = decodeProtectedHeader(value)
    const shown = { alg, kid, iss: claims.iss, sub: claims.sub, aud: claims.aud }
    for (const [name, claim] of Object.entries(shown)) {
      if (claim !== undefined) facts.unshift(`${name} ${String(claim)}`)
    }
  } catch {
    return ok(`opaque, ${facts.join(', ')}`)
  }
  const detail = `JWT: ${facts.join(', ')}`
  const isOurs = [claims.aud].flat().includes(audience)
  // Whose token it is, says what is in it.
  const isGiven = kind === 'tailer' || kind === 'exec'
  if (tokenType === 'access-token' || isOurs || isGiven) return ok(detail)
  return warn(
    `${detail}; aud is not ${audience}`,
    'the upstream may refuse it with 401: give --audience what the upstream expects',
  )
}
