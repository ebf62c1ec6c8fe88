/** Owns the regular expression that finds the token in what a command prints. */
import { BadValue } from './bad-value.js'

const MAX_LENGTH = 1000

/** With at least one group, the first of which is the token. */
export function parsePattern(text: string): RegExp {
  if (text.length > MAX_LENGTH) {
    throw new BadValue(`a regular expression of at most ${MAX_LENGTH} characters`)
  }
  try {
    const pattern = new RegExp(text)
    // An empty alternative matches anything, and the match has a place for each group.
    const groups = (new RegExp(`${text}|`).exec('')?.length ?? 1) - 1
    if (groups > 0) return pattern
  } catch {
    // Its message would quote the pattern; the caller does that, if it may.
  }
  throw new BadValue('a regular expression with a group around the token, like token: (\\S+)')
}
