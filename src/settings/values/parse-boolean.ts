/** Owns switches: `true` or `false`, and no other spellings. */
import { BadValue } from './bad-value.js'

const YES = ['yes', 'y', 'on', '1', 'true']
const NO = ['no', 'n', 'off', '0', 'false']

export function parseBoolean(text: string): boolean {
  if (text === 'true') return true
  if (text === 'false') return false
  const word = text.trim().toLowerCase()
  const meant = YES.includes(word) ? 'true' : NO.includes(word) ? 'false' : undefined
  throw new BadValue('true or false', meant === undefined ? undefined : `did you mean ${meant}?`)
}
