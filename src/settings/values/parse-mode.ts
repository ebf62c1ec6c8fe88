/** Owns the mode of unix sockets: three octal digits, with or without a leading 0. */
import { BadValue } from './bad-value.js'

/** The permission bits. */
export function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new BadValue('three octal digits, like 0600 or 0660')
  return parseInt(text, 8)
}

export function printMode(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
