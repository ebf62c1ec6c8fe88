/**
 * Owns splitting a command line into words, with the quoting of a POSIX shell. There is no shell:
 * whatever one would act on (pipes, variables, globs, `~`) is refused, not passed on.
 */
import { BadValue } from './bad-value.js'

export type CommandWords = readonly [program: string, ...args: string[]]

// A piece of a word, or a space between words. No piece matches at an unclosed quote.
const PIECE =
  /(?<space>[ \t\n])|(?<plain>[^ \t\n'"\\])|'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\[^])*)"|\\(?<escaped>[^])/y

/** Shell Command Language §2.2, Quoting. */
export function parseCommandWords(text: string): CommandWords {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < text.length; at = PIECE.lastIndex) {
    PIECE.lastIndex = at
    const piece = PIECE.exec(text)?.groups
    if (!piece) throw new BadValue('a command line whose quotes and escapes are complete')
    if (piece['space'] === undefined) {
      word = (word ?? '') + literal(piece, word === undefined)
    } else {
      if (word !== undefined) words.push(word)
      word = undefined
    }
  }
  if (word !== undefined) words.push(word)

  const [program, ...args] = words
  if (!program || text.includes('\0')) {
    throw new BadValue("a command line like 'tailer auth get-token'")
  }
  return [program, ...args]
}

/** The text of a piece; `startsWord` since `~` and `#` are special to a shell only there. */
function literal(piece: Partial<Record<string, string>>, startsWord: boolean): string {
  const { plain, single, double, escaped } = piece
  if (plain !== undefined) {
    if ((startsWord ? /[|&;<>()$`*?[~#]/ : /[|&;<>()$`*?[]/).test(plain)) throw shellOnly(plain)
    return plain
  }
  if (escaped !== undefined) return escaped === '\n' ? '' : escaped
  return double === undefined ? (single ?? '') : unescape(double)
}

/** Inside double quotes a backslash escapes only these; a bare `$` or backquote needs a shell. */
function unescape(quoted: string): string {
  return quoted.replace(/\\[$`"\\\n]|[$`]/g, (found) => {
    if (found.length === 1) throw shellOnly(found)
    return found === '\\\n' ? '' : found.slice(1)
  })
}

function shellOnly(character: string): BadValue {
  return new BadValue(
    `a command line without ${character}`,
    "the command is run without a shell: quote the character, or use sh -c '…'",
  )
}
