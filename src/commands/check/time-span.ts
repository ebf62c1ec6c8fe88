/** Owns durations as a person would say them. */
const UNITS = [
  ['days', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** In the largest unit that fits at least twice: `90 s`, `59 min`, `47 h`, `364 days`. */
export function printSpan(milliseconds: number): string {
  const [unit, unitMs] = UNITS.find(([, ms]) => milliseconds >= 2 * ms) ?? ['s', 1_000]
  return `${Math.floor(milliseconds / unitMs)} ${unit}`
}
