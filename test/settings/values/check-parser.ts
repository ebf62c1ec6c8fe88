/** Owns the table form of a parser's tests: what it makes of which text, and what it refuses. */
import type { Test } from 'tap'

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
