import pino from 'pino'
import type { Settings } from '../../settings/table.js'
import { UpstreamError } from '../../upstream/exchange.js'
import { createUpstream } from '../create-upstream.js'
import { createUpstreamTrust } from '../upstream-trust.js'
import { askUpstream, type Seen } from './ask-upstream.js'
import { readClaims } from './claims.js'
import { type CheckState, fail, type Finding, ok, reasonOf, skip, warn } from './finding.js'
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

const UPSTREAM_HINT = 'nothing is wrong on this side: see the log of the upstream'
const CLOCK_HINT = 'set the clock of this machine (NTP): tokens are refused if it is wrong'

export async function checkClock(state: CheckState): Promise<Finding> {
  const { settings } = state
  if (settings === undefined) return skip('needs settings')
  let seen: Seen
  try {
    // Whatever it answers has the time; no token goes with it.
    seen = await ask(state, settings, [])
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    return skip(`the upstream did not tell the time: ${reasonOf(error)}`)
  }
  // On average, a date of whole seconds is half a one late.
  const offMs = Date.now() - seen.dateMs - 500
  if (Number.isNaN(offMs)) return skip('the upstream did not tell the time')
  const absMs = Math.abs(offMs)
  if (absMs <= CLOCK_EQUAL_MS) return ok('the same as that of the upstream')
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
    if (status === 401) return fail('GET / answered 401: the token is not accepted', why401(state))
    if (status === 403) {
      return fail('GET / answered 403: the token is good, its account may not call', why403(state))
    }
    if (status >= 500) {
      return warn(`GET / answered ${status}: the upstream itself fails`, UPSTREAM_HINT)
    }
    return ok(`GET / answered ${status}: the token is accepted`)
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    if (error.code === 'UPSTREAM_TIMEOUT' && error.reason === 'response') {
      const seconds = Math.round((ANSWER_CONNECT_TIMEOUTS * settings.connectTimeoutMs) / 1000)
      return fail(
        `GET /: the connection stands, but no answer came within ${seconds} s`,
        'the upstream hangs, or is still starting: try again, then see its log',
      )
    }
    return fail(
      `GET /: ${error.code}, ${reasonOf(error)}`,
      'the connection stood, then broke: try again',
    )
  }
}

function why401({ settings, token, clockIsWrong }: CheckState): string {
  if (clockIsWrong) return 'set the clock of this machine first'
  if (token !== undefined && readClaims(token)?.isFirebase) {
    return (
      'log in again with `tailer auth login`; if that does not help, this upstream may want a ' +
      'service account: name its key with --credentials'
    )
  }
  return (
    `either the audience is wrong, ${settings?.audience ?? ''} being not what the upstream expects ` +
    '(--audience), or the key was deleted or disabled (make a new one), or the upstream wants ' +
    `another --token-type than ${settings?.tokenType ?? ''}`
  )
}

function why403({ identity, token }: CheckState): string {
  if (token !== undefined && readClaims(token)?.isFirebase) {
    return 'ask for this user to be given access in Tailer'
  }
  const account = identity?.email ?? 'the account of the token'
  return `have ${account} given the role Cloud Run Invoker (roles/run.invoker), or added in Tailer`
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
