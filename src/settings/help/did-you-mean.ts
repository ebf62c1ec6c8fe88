/** Owns the hint for a name that does not exist. */
import { closest } from 'fastest-levenshtein'

/** A name longer than any of ours needs no exact distance. */
const LONGEST = 80

/** The hint that gives the valid name nearest to `name`. */
export function didYouMean(name: string, valid: readonly string[]): string {
  return `did you mean ${closest(name.slice(0, LONGEST), valid)}?`
}
