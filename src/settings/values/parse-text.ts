/** Owns values taken as they are, such as file names: not empty, and of one line. */
import { BadValue } from './bad-value.js'

export function parseText(text: string): string {
  if (text.trim() === '' || /\p{Cc}/u.test(text)) throw new BadValue('a text of one line')
  return text
}

/** The name of a file; whether it exists is for its reader to find out. */
export function parsePath(text: string): string {
  if (text.trim() === '' || /\p{Cc}/u.test(text)) throw new BadValue('the path of a file')
  return text
}
