/** Owns counts: whole numbers above zero. */
import { BadValue } from './bad-value.js'

export function parseInteger(text: string): number {
  const number = /^[0-9]+$/.test(text) ? Number(text) : 0
  if (number < 1 || !Number.isSafeInteger(number)) throw new BadValue('a whole number above zero')
  return number
}
