import type { Outcome, TrafficObserver } from '../proxy/traffic.js'
import type { RequestEntry } from './documents.js'

/** The most that `GET /requests` may ask for. */
export const RECENT_LIMIT = 500

/** Owns the last requests that ended: a ring of their outcomes. */
export class RecentRequests implements TrafficObserver {
  readonly #ring: (Outcome | undefined)[] = new Array<undefined>(RECENT_LIMIT).fill(undefined)
  #next = 0

  onOutcome(outcome: Outcome): void {
    this.#ring[this.#next] = outcome
    this.#next = this.#next + 1 === RECENT_LIMIT ? 0 : this.#next + 1
  }

  onReplay(): void {
    // The outcome says how many times it was sent.
  }

  /** At most `limit`, latest first. */
  list(limit: number): RequestEntry[] {
    const entries: RequestEntry[] = []
    for (let back = 1; back <= limit; back++) {
      const outcome = this.#ring[(this.#next - back + RECENT_LIMIT) % RECENT_LIMIT]
      if (outcome === undefined) break
      entries.push(entryOf(outcome))
    }
    return entries
  }
}

/** An outcome as the page and scripts see it, with the log's names. */
export function entryOf(outcome: Outcome): RequestEntry {
  const { requestId, startedAtMs, method, path, status, source, code, durationMs } = outcome
  const { bytesUp, bytesDown, sent, user } = outcome
  return {
    requestId,
    time: new Date(startedAtMs).toISOString(),
    method,
    path,
    status,
    source,
    code: code ?? null,
    durationMs: Math.round(durationMs * 100) / 100,
    bytesUp,
    bytesDown,
    sent,
    user: user ?? null,
  }
}
