/** Owns several proxies at once, each with an upstream of its own, and requests through them. */
import type { Test } from 'tap'
import { fieldOf, type RawAnswer } from '../upstream/raw-client.js'
import { type Stage, type StageOptions, startStage } from '../upstream/start.js'

/** Its status, the name of the proxy's own error, or `truncated`. */
export const outcomeOf = (answer: RawAnswer): string =>
  answer.isWhole ? (fieldOf(answer, 'x-tailer-proxy-error') ?? String(answer.status)) : 'truncated'

/** Runs `count` of them, so many at a time. */
export async function inLanes(
  count: number,
  lanes: number,
  one: (i: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await one(next++)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** Several proxies, so that one whose connection is broken does not hold the others up. */
export const PROXIES = 12
export const LANES = 3 * PROXIES

export function startStages(t: Test, options: StageOptions): Promise<Stage[]> {
  return Promise.all(Array.from({ length: PROXIES }, () => startStage(t, options)))
}
