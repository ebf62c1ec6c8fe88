/** Owns durations: `500ms`, `10s`, `5m`, `1h`; the unit is required, fractions are not allowed. */
import { BadValue } from './bad-value.js'

/** The syntax of a duration. */
export const DURATION = /^([0-9]+)(ms|s|m|h)$/

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

// Above this, setTimeout() fires at once.
const MAX_MS = 2 ** 31 - 1

/** Milliseconds, above zero and at most 2^31 - 1 (24 days). */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text)
  if (!match) throw new BadValue('a duration like 500ms, 10s, 5m or 1h', hintFor(text))
  const milliseconds = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
  if (milliseconds === 0) throw new BadValue('a duration above zero, like 500ms or 10s')
  if (milliseconds > MAX_MS) throw new BadValue('a duration of at most 24 days, like 10s or 5m')
  return milliseconds
}

/** A bare number most often means seconds; other units by their usual names. */
function hintFor(text: string): string | undefined {
  const [, number, word = 's'] = /^\s*([0-9]{1,9})\s*([a-z]+)?\s*$/i.exec(text) ?? []
  if (number === undefined) return undefined
  const [unit] =
    Object.entries(SPELLINGS).find(([, spellings]) => spellings.test(word.toLowerCase())) ?? []
  return unit === undefined ? undefined : `did you mean ${number}${unit}?`
}

const SPELLINGS: Readonly<Record<keyof typeof UNITS, RegExp>> = {
  ms: /^(ms|msec|millis|milliseconds?)$/,
  s: /^(s|sec|secs|seconds?)$/,
  m: /^(m|min|mins|minutes?)$/,
  h: /^(h|hr|hrs|hours?)$/,
}

/** In the largest unit that gives a whole number. */
export function printDuration(milliseconds: number): string {
  const units = Object.entries(UNITS).filter(([, unitMs]) => milliseconds % unitMs === 0)
  const [unit, unitMs] = units.at(-1) ?? ['ms', 1]
  return `${milliseconds / unitMs}${unit}`
}
