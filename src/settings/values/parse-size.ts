/** Owns sizes: `64KiB`, `1MiB`, `512B`; the unit is required, `0B` is valid. */
import { BadValue } from './bad-value.js'

/** The syntax of a size. */
export const SIZE = /^([0-9]+)(B|KiB|MiB)$/

const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2 } as const

const MAX_MIB = 1024

/** Bytes, at most 1024 MiB. */
export function parseSize(text: string): number {
  const match = SIZE.exec(text)
  if (!match) throw new BadValue('a size like 512B, 64KiB or 1MiB', hintFor(text))
  const bytes = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
  if (bytes > MAX_MIB * UNITS.MiB) {
    throw new BadValue(`a size of at most ${MAX_MIB}MiB, like 64KiB or 1MiB`)
  }
  return bytes
}

/** A bare number probably means bytes; `64k` and `64KB`, units of 1024. */
function hintFor(text: string): string | undefined {
  const [, number, letter = 'b'] = /^\s*([0-9]{1,9})\s*(?:([bkm])(?:i?b)?)?\s*$/i.exec(text) ?? []
  const unit = { b: 'B', k: 'KiB', m: 'MiB' }[letter.toLowerCase()]
  return number === undefined || unit === undefined ? undefined : `did you mean ${number}${unit}?`
}

/** In the largest unit that gives a whole number. */
export function printSize(bytes: number): string {
  const units = Object.entries(UNITS).filter(([, size]) => bytes >= size && bytes % size === 0)
  const [unit, size] = units.at(-1) ?? ['B', 1]
  return `${bytes / size}${unit}`
}
