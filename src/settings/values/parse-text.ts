/** Owns values used as they are, such as file names: one line, not empty. */
import { BadValue } from './bad-value.js'
import { looksLikeCredential } from './looks-like-credential.js'

export function parseText(text: string): string {
  if (text.trim() === '' || /\p{Cc}/u.test(text)) throw new BadValue('a single line of text')
  return text
}

/** The path of a file, which need not exist. */
export function parsePath(text: string): string {
  if (looksLikeCredential(text)) {
    const hint = 'put what is secret into a file that only you can read, and give its path'
    throw new BadValue('the path of a file, not what is in it', hint)
  }
  if (text.trim() === '' || /\p{Cc}/u.test(text)) throw new BadValue('the path of a file')
  return text
}
