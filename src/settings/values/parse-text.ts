/** Owns values taken as they are, such as file names: not empty, and of one line. */
import { BadValue } from './bad-value.js'
import { looksLikeCredential } from './looks-like-credential.js'

export function parseText(text: string): string {
  if (text.trim() === '' || /\p{Cc}/u.test(text)) throw new BadValue('a single line of text')
  return text
}

/** The name of a file; whether it exists is for its reader to find out. */
export function parsePath(text: string): string {
  if (looksLikeCredential(text)) {
    const hint = 'put what is secret into a file that only you can read, and give its path'
    throw new BadValue('the path of a file, not what is in it', hint)
  }
  if (text.trim() === '' || /\p{Cc}/u.test(text)) throw new BadValue('the path of a file')
  return text
}
