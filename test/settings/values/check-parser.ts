/** Owns the table form of a parser's tests: what it makes of which text, and what it refuses. */
import type { Test } from 'tap'
import { BadValue } from '../../../src/settings/values/bad-value.js'

export interface ParserTable<T> {
  readonly takes: Readonly<Record<string, T>>
  /** Each with a part of what is wanted instead. */
  readonly refuses: Readonly<Record<string, RegExp>>
}

export function checkParser<T>(
  t: Test,
  parse: (text: string) => T,
  { takes, refuses }: ParserTable<T>,
): void {
  for (const [text, value] of Object.entries(takes)) {
    t.strictSame(parse(text), value, `takes ${JSON.stringify(text)}`)
  }
  for (const [text, wants] of Object.entries(refuses)) {
    const name = `refuses ${JSON.stringify(text.slice(0, 60))}`
    t.throws(() => parse(text), { name: 'BadValue', message: wants }, name)
  }
}

/** What a parser says of how to fix each text; `undefined` where it says nothing. */
export function checkHints(
  t: Test,
  parse: (text: string) => unknown,
  hints: Readonly<Record<string, string | undefined>>,
): void {
  for (const [text, hint] of Object.entries(hints)) {
    t.equal(hintFor(parse, text), hint, `of ${JSON.stringify(text.slice(0, 60))}`)
  }
}

function hintFor(parse: (text: string) => unknown, text: string): string | undefined {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof BadValue) return error.hint
    throw error
  }
  return 'none is needed: it is taken'
}
