import type { ErrorHelp, StatusDocument } from '../admin/documents.js'
import type { Feed } from './feed.js'
import { formatTime } from './format.js'

/** Something a person should know or do. */
export interface Problem {
  readonly tone: 'bad' | 'warn'
  /** For the head, in a word or two. */
  readonly short: string
  readonly title: string
  readonly meaning: string | undefined
  /** Code is in backticks. */
  readonly remedy: string | undefined
  /** In the proxy's own words. */
  readonly reason?: string | undefined
}

/** Owns what is wrong at the moment, worst first. */
export function problemsOf(feed: Feed): Problem[] {
  const { status, lostAtMs } = feed
  if (lostAtMs !== undefined) return [lost(lostAtMs)]
  if (status === undefined) return []
  return [tokenProblem(feed, status), upstreamProblem(feed, status), fullProblem(feed)].filter(
    (problem) => problem !== undefined,
  )
}

function lost(lostAtMs: number): Problem {
  return {
    tone: 'bad',
    short: 'Disconnected',
    title: `Disconnected since ${formatTime(lostAtMs)}`,
    meaning:
      'The proxy does not respond any more: it was stopped, or it is restarting. What you see is the last that it sent.',
    remedy: 'Start it again: this page connects by itself.',
  }
}

function tokenProblem({ errors }: Feed, status: StatusDocument): Problem | undefined {
  const { token, lastMintError: reason } = status
  if (token.state === 'none') {
    return {
      tone: 'bad',
      short: 'No token',
      title: 'No token',
      meaning: 'Requests get 503 TOKEN_UNAVAILABLE; nothing is sent upstream.',
      remedy: errors.codes['TOKEN_UNAVAILABLE']?.remedy,
      reason: reason ?? undefined,
    }
  }
  if (reason === null) return undefined
  return {
    tone: 'warn',
    short: 'Token not renewed',
    title: 'The token cannot be renewed',
    meaning: 'The current one is used until it expires; the proxy keeps trying.',
    remedy: '`tailer-proxy check` says at which step it fails',
    reason,
  }
}

function upstreamProblem({ errors }: Feed, status: StatusDocument): Problem | undefined {
  const { lastUpstream: last, upstreamConnections: connections, upstream } = status
  const isErrorLater = last.errorAt !== null && (last.at === null || last.errorAt >= last.at)
  if (last.error !== null && isErrorLater) {
    const isAway = connections === 0
    return {
      ...helpOf(errors.codes[last.error]),
      tone: isAway ? 'bad' : 'warn',
      short: isAway ? 'API not reached' : 'API failed',
      title: isAway
        ? `The API is not reached: ${last.error}`
        : `The last request failed on its way to the API: ${last.error}`,
      reason: `${upstream}, at ${formatTime(last.errorAt)}`,
    }
  }
  const refusal = errors.upstream[`${last.status ?? ''}`]
  if (refusal === undefined) return undefined
  return {
    ...helpOf(refusal),
    tone: 'warn',
    short: `API responds ${last.status ?? ''}`,
    title: `The API refuses this identity: ${last.status ?? ''}`,
  }
}

function fullProblem({ isFull }: Feed): Problem | undefined {
  if (!isFull) return undefined
  return {
    tone: 'warn',
    short: 'Not live',
    title: 'Sixteen pages show this proxy already',
    meaning: 'Further pages do not get requests as they come.',
    remedy: 'Close one of them: this page then goes live by itself.',
  }
}

function helpOf(help: ErrorHelp | undefined): Pick<Problem, 'meaning' | 'remedy'> {
  return { meaning: help?.meaning, remedy: help?.remedy }
}
