/** Owns the regular expression that finds the token in a command's output. */
import { BadValue } from './bad-value.js'

const MAX_LENGTH = 1000

/** It must have a group, the first of which is the token. */
export function parsePattern(text: string): RegExp {
  if (text.length > MAX_LENGTH) {
    throw new BadValue(`a regular expression of at most ${MAX_LENGTH} characters`)
  }
  try {
    const pattern = new RegExp(text)
    // The empty alternative matches anything, and the match has an entry for each group.
    const groups = (new RegExp(`${text}|`).exec('')?.length ?? 1) - 1
    if (groups > 0) return pattern
  } catch {
    // The error's message would quote the pattern; the caller does that, if allowed.
  }
  throw new BadValue('a regular expression with a group around the token, like token: (\\S+)')
}
