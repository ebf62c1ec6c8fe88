import pino from 'pino'
import type { Settings } from '../../settings/table.js'
import { UpstreamError } from '../../upstream/exchange.js'
import { createUpstream } from '../create-upstream.js'
import { askUpstream, type Seen } from './ask-upstream.js'
import { type CheckState, fail, type Finding, ok, skip, warn } from './finding.js'

/** Owns the steps that talk to the upstream: its clock against ours, and a request. */

/** A `date` counts whole seconds and travelled for a moment. */
const CLOCK_WARN_MS = 10_000
/** Verifiers of tokens seldom forgive more. */
const CLOCK_FAIL_MS = 60_000

const CLOCK_HINT = 'set the clock of this machine (NTP): tokens are refused if it is wrong'

export async function checkClock({ settings }: CheckState): Promise<Finding> {
  if (settings === undefined) return skip('needs settings')
  let seen: Seen
  try {
    // Whatever it answers has the time; no token goes with it.
    seen = await ask(settings, [])
  } catch (error) {
    if (error instanceof UpstreamError) return skip('the upstream did not tell the time')
    throw error
  }
  const offMs = Date.now() - seen.dateMs
  if (Number.isNaN(offMs)) return skip('the upstream did not tell the time')
  const seconds = Math.round(Math.abs(offMs) / 1000)
  const detail = `${seconds} s ${offMs < 0 ? 'behind' : 'ahead of'} the upstream`
  if (Math.abs(offMs) > CLOCK_FAIL_MS) return fail(detail, CLOCK_HINT)
  return Math.abs(offMs) > CLOCK_WARN_MS ? warn(detail, CLOCK_HINT) : ok(detail)
}

export async function checkRequest({ settings, token, lacking }: CheckState): Promise<Finding> {
  if (settings === undefined || lacking.has('tls')) return skip('needs the upstream')
  if (token === undefined) return skip('needs a token')
  try {
    const { status } = await ask(settings, [settings.tokenHeader, token.headerValue])
    return judge(status, settings)
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    return fail(
      `GET /: ${error.code} ${error.reason}`,
      'the connection stood, then broke: try again',
    )
  }
}

function judge(status: number, { audience, tokenType }: Settings): Finding {
  if (status === 401) {
    return fail(
      'GET / answered 401: the upstream does not accept the token',
      `either its aud (${audience}) is not what the upstream expects (--audience), or the key was ` +
        `deleted or disabled (make a new one), or it wants another --token-type than ${tokenType}`,
    )
  }
  if (status === 403) {
    return fail(
      'GET / answered 403: the token is good, but this account may not call the API',
      'ask for the role Cloud Run Invoker (roles/run.invoker) for the account of the token, ' +
        'or for the account to be added in Tailer',
    )
  }
  return ok(`GET / answered ${status}: the token is accepted`)
}

function ask(settings: Settings, headers: readonly string[]): Promise<Seen> {
  const pool = createUpstream(settings, pino({ level: 'silent' }))
  return askUpstream(pool, headers, settings.connectTimeoutMs)
}
