/** Owns switches: `true` or `false`, and nothing that only looks like it. */
import { BadValue } from './bad-value.js'

export function parseBoolean(text: string): boolean {
  if (text === 'true') return true
  if (text === 'false') return false
  throw new BadValue('true or false')
}
