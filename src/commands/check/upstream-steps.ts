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

/** A `date` counts whole seconds and travelled for a moment. */
const CLOCK_EQUAL_MS = 2_000
const CLOCK_WARN_MS = 10_000
/** Verifiers of tokens seldom forgive more. */
const CLOCK_FAIL_MS = 60_000

/** For both requests together: an upstream that starts first takes its time. */
const ANSWER_CONNECT_TIMEOUTS = 2
/** What the second one has at least, in milliseconds. */
const ANSWER_LEAST_MS = 1_000

/** The reason of a connection that the upstream's own bytes have ended (RFC 9113 §7). */
const BROKEN_PROTOCOL = /^[A-Z_]+_ERROR: /

const UPSTREAM_HINT = 'nothing is wrong on this side: see the log of the upstream'
const CLOCK_HINT =
  'set the clock of this machine (NTP): the upstream refuses tokens that are dated wrong'

export async function checkClock(state: CheckState): Promise<Finding> {
  const { settings } = state
  if (settings === undefined) return skip('needs settings')
  let seen: Seen
  try {
    // Whatever it answers has the time; no token goes with it.
    seen = await ask(state, settings, [])
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    return skip(`the upstream did not give the time: ${describeCode(reasonOf(error))}`)
  }
  // On average, a date of whole seconds is half a one late.
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
      const seconds = Math.round((ANSWER_CONNECT_TIMEOUTS * settings.connectTimeoutMs) / 1000)
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
  state.answerByMs ??= nowMs + ANSWER_CONNECT_TIMEOUTS * settings.connectTimeoutMs
  const pool = createUpstream(
    settings,
    pino({ level: 'silent' }),
    createUpstreamTrust(settings).current,
  )
  return askUpstream(pool, headers, Math.max(ANSWER_LEAST_MS, state.answerByMs - nowMs))
}
