/** Owns durations: `500ms`, `10s`, `5m`, `1h`; the unit is required, fractions are not taken. */
import { BadValue } from './bad-value.js'

/** How one is written. */
export const DURATION = /^([0-9]+)(ms|s|m|h)$/

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

// Beyond it, setTimeout() fires at once.
const MAX_MS = 2 ** 31 - 1

/** Milliseconds, above zero and at most 2^31 - 1 (24 days). */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text)
  if (!match) throw new BadValue('a duration like 500ms, 10s, 5m or 1h')
  const milliseconds = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
  if (milliseconds === 0) throw new BadValue('a duration above zero, like 500ms or 10s')
  if (milliseconds > MAX_MS) throw new BadValue('a duration of at most 24 days, like 10s or 5m')
  return milliseconds
}

/** In the largest unit that makes it a whole number. */
export function printDuration(milliseconds: number): string {
  const units = Object.entries(UNITS).filter(([, unitMs]) => milliseconds % unitMs === 0)
  const [unit, unitMs] = units.at(-1) ?? ['ms', 1]
  return `${milliseconds / unitMs}${unit}`
}
