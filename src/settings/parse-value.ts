/** Owns parsing a text into a value; a parser's error becomes a `Problem`. */
import { type Problem, printable } from './problem.js'
import { BadValue } from './values/bad-value.js'
import { looksLikeCredential } from './values/looks-like-credential.js'

/** A text, and how to refer to it. */
export interface Candidate {
  readonly text: string
  /** What it is for: a flag with its dashes, a variable, or a key. */
  readonly name: string
  /** Where it was given. */
  readonly where: string
  /** Whether it may be quoted: never a secret, never a file's content. */
  readonly mayShow: boolean
}

/** Returns the value, or undefined after adding to `problems`. */
export function parseValue<T>(
  parse: (text: string) => T,
  { text, name, where, mayShow }: Candidate,
  problems: Problem[],
): T | undefined {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof BadValue)) throw error
    const shown = mayShow && !looksLikeCredential(text) ? `, not "${printable(text)}"` : ''
    problems.push({
      what: `${name} must be ${error.message}${shown}`,
      where,
      hint: error.hint,
      name,
    })
    return undefined
  }
}
