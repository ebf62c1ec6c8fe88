import { statSync } from 'node:fs'
import { EXIT } from '../../errors.js'
import { loadIdentity } from '../../identity/load-identity.js'
import { describeSettings } from '../../settings/describe-settings.js'
import type { Settings } from '../../settings/table.js'
import { MintError } from '../../token/token-source.js'
import type { Token } from '../../token/token.js'
import { mintOnce } from '../mint-once.js'
import { readClaims } from './claims.js'
import { describeCallers } from './callers.js'
import { type CheckState, fail, type Finding, ok, skip, warn } from './finding.js'
import { printSpan } from './time-span.js'

/** Owns the steps that need no upstream: settings, credentials and the token. */

export function checkSettings(state: CheckState, load: () => Settings): Finding {
  const settings = load()
  state.settings = settings
  const described = Object.entries(describeSettings(settings))
  const shown = described
    .filter(([name, { source }]) => name === 'upstream' || source !== 'default')
    .map(([name, { value, source }]) => `${name} ${[value].flat().join(', ')} (${source})`)
  return ok(`${shown.join('; ')}; all else is default; ${describeCallers(settings)}`)
}

export function checkCredentials(state: CheckState): Finding {
  if (state.settings === undefined) return skip('needs settings')
  state.identity = loadIdentity(state.settings)
  const { kind, email, keyId, origin } = state.identity
  const facts = [email === undefined ? kind : `${kind} ${email}`]
  if (keyId !== undefined) facts.push(`key id ${keyId}`)
  facts.push(`from ${origin}`)
  const mode = statSync(origin, { throwIfNoEntry: false })?.mode
  if (mode === undefined) return ok(facts.join(', '))
  facts.push(`mode 0${(mode & 0o777).toString(8)}`)
  // In a container there is nobody else to read a mounted file.
  const isPrivate = (mode & 0o077) === 0 || origin.startsWith('/var/run/secrets/')
  if (isPrivate) return ok(facts.join(', '))
  return warn(`${facts.join(', ')}: other users can read it`, `chmod 600 ${origin}`)
}

export async function checkToken(state: CheckState): Promise<Finding> {
  const { identity, settings } = state
  if (identity === undefined || settings === undefined) return skip('needs credentials')
  let token: Token
  try {
    token = await mintOnce(identity.source)
  } catch (error) {
    if (!(error instanceof MintError)) throw error
    const exitCode = error.permanent ? EXIT.credentials : EXIT.unavailable
    return fail(error.message, error.hint, exitCode)
  }
  const claims = readClaims(token)
  const leftMs = token.expiresAtMs - Date.now()
  const kind = claims === undefined ? 'not a JWT' : `JWT: ${claims.facts.join(', ')}`
  const end = Number.isFinite(leftMs)
    ? `expires ${new Date(token.expiresAtMs).toISOString()}`
    : 'does not expire'
  const facts = `${kind}, fingerprint ${token.fingerprint}, ${end}`
  if (leftMs <= 0) {
    const hint = 'get another one, or set the clock of this machine if it is wrong'
    return fail(`${facts}: it expired ${printSpan(-leftMs)} ago`, hint, EXIT.credentials)
  }
  state.token = token
  const detail = Number.isFinite(leftMs) ? `${facts}, ${printSpan(leftMs)} left` : facts
  const { audience, tokenType } = settings
  const isOurs = claims === undefined || claims.isFirebase || claims.audiences.includes(audience)
  // These identities determine the audience themselves.
  const isGiven = identity.kind === 'tailer' || identity.kind === 'exec'
  if (isGiven || tokenType === 'access-token' || isOurs) return ok(detail)
  return warn(
    `${detail}; aud is not ${audience}`,
    'the upstream may refuse it with 401: give --audience what the upstream expects',
  )
}
