import pino from 'pino'
import type { Settings } from '../../settings/table.js'
import { describeCode } from '../../system-codes.js'
import { UpstreamError } from '../../upstream/exchange.js'
import { createUpstream } from '../create-upstream.js'
import { createUpstreamTrust } from '../upstream-trust.js'
import { askUpstream, type Seen } from './ask-upstream.js'
import { readClaims } from './claims.js'
import { type CheckState, fail, type Finding, ok, reasonOf, skip, warn } from './finding.js'
import { whyRefused } from '../why-refused.js'
import { printSpan } from './time-span.js'

/** Owns the steps that talk to the upstream: its clock against ours, and a request. */

/** A `date` has whole seconds, and was in transit for a moment. */
const CLOCK_EQUAL_MS = 2_000
const CLOCK_WARN_MS = 10_000
/** Token verifiers seldom tolerate more. */
const CLOCK_FAIL_MS = 60_000

/** In connect timeouts, for both requests together: an upstream that must start first is slow. */
const RESPONSE_CONNECT_TIMEOUTS = 2
/** The least that the second one gets, in milliseconds. */
const RESPONSE_LEAST_MS = 1_000

/** The reason of a connection that was closed because of the upstream's own bytes (RFC 9113 §7). */
const BROKEN_PROTOCOL = /^[A-Z_]+_ERROR: /

const UPSTREAM_HINT = 'nothing is wrong on this side: see the log of the upstream'
const CLOCK_HINT =
  'set the clock of this machine (NTP): the upstream refuses tokens that are dated wrong'

export async function checkClock(state: CheckState): Promise<Finding> {
  const { settings } = state
  if (settings === undefined) return skip('needs settings')
  let seen: Seen
  try {
    // Any response has a date; no token is sent.
    seen = await ask(state, settings, [])
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    return skip(`the upstream did not give the time: ${describeCode(reasonOf(error))}`)
  }
  // On average, a date in whole seconds is half a second behind.
  const offMs = Date.now() - seen.dateMs - 500
  if (Number.isNaN(offMs)) return skip('the upstream did not give the time')
  const absMs = Math.abs(offMs)
  if (absMs <= CLOCK_EQUAL_MS) return ok('in step with the upstream')
  const detail = `${printSpan(absMs)} ${offMs < 0 ? 'behind' : 'ahead of'} the upstream`
  state.clockIsWrong = absMs > CLOCK_FAIL_MS
  if (state.clockIsWrong) return fail(detail, CLOCK_HINT)
  return absMs > CLOCK_WARN_MS ? warn(detail, CLOCK_HINT) : ok(detail)
}

export async function checkRequest(state: CheckState): Promise<Finding> {
  const { settings, token, lacking } = state
  if (settings === undefined || lacking.has('tls')) return skip('needs the upstream')
  if (token === undefined) return skip('needs a token')
  try {
    const { status } = await ask(state, settings, [settings.tokenHeader, token.headerValue])
    if (status === 401) return fail('GET / returned 401: the token is refused', hintFor(401, state))
    if (status === 403) {
      const detail = 'GET / returned 403: the token is valid, but its account has no access'
      return fail(detail, hintFor(403, state))
    }
    if (status >= 500) {
      return warn(`GET / returned ${status}: the upstream itself fails`, UPSTREAM_HINT)
    }
    return ok(`GET / returned ${status}: the token is accepted`)
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    if (error.code === 'UPSTREAM_TIMEOUT' && error.reason === 'response') {
      const seconds = Math.round((RESPONSE_CONNECT_TIMEOUTS * settings.connectTimeoutMs) / 1000)
      return fail(
        `GET /: connected, but no response came within ${seconds} s`,
        'the upstream hangs, or is still starting: try again, then see its log',
      )
    }
    return fail(
      `GET /: ${error.code}, ${describeCode(reasonOf(error))}`,
      BROKEN_PROTOCOL.test(error.reason)
        ? 'what responds there does not speak HTTP/2 as it should: see what stands in front of the upstream'
        : 'the connection was made, then lost: try again',
    )
  }
}

function hintFor(status: 401 | 403, state: CheckState): string {
  const { settings, identity, token, clockIsWrong = false } = state
  const { audience = '', upstream = '', tokenType = '' } = settings ?? {}
  const isFirebase = token !== undefined && readClaims(token)?.isFirebase === true
  const account = { kind: identity?.kind, email: identity?.email, isFirebase }
  return whyRefused(status, { ...account, audience, upstream, tokenType, clockIsWrong })
}

function ask(state: CheckState, settings: Settings, headers: readonly string[]): Promise<Seen> {
  const nowMs = performance.now()
  state.respondByMs ??= nowMs + RESPONSE_CONNECT_TIMEOUTS * settings.connectTimeoutMs
  const pool = createUpstream(
    settings,
    pino({ level: 'silent' }),
    createUpstreamTrust(settings).current,
  )
  return askUpstream(pool, headers, Math.max(RESPONSE_LEAST_MS, state.respondByMs - nowMs))
}
