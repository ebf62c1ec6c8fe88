/**
 * Owns the syntax of the command line: `--flag value`, `--flag=value`, words, and what follows
 * `--`. `node:util`'s parseArgs is not used because it lets `--listen --admin off` give --listen
 * the value `--admin`, and would take the value of a misspelled flag for an argument, and show it.
 */

const SHORT: Readonly<Partial<Record<string, string>>> = {
  '-h': '--help',
  '-v': '--version',
  '-V': '--version',
}

/** `flag` includes its dashes; `text` is undefined if there was no value. */
export interface Option {
  readonly flag: string
  readonly text: string | undefined
}

export interface CommandLineParts {
  readonly options: Option[]
  readonly words: string[]
  /** What follows `--`, if there is one. */
  readonly rest: readonly string[] | undefined
}

/**
 * A flag takes the next word unless that is a flag; one that needs no value, by `isSwitch`, takes
 * only `true` and `false`.
 */
export function splitCommandLine(
  argv: readonly string[],
  isSwitch: (flag: string) => boolean,
): CommandLineParts {
  const options: Option[] = []
  const words: string[] = []
  const left = [...argv]
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--') return { options, words, rest: left }
    if (!isFlag(word)) {
      words.push(word)
      continue
    }
    const equals = word.indexOf('=')
    const name = equals < 0 ? word : word.slice(0, equals)
    const inline = equals < 0 ? undefined : word.slice(equals + 1)
    const flag = SHORT[name] ?? name
    const takesNext = inline === undefined && isValue(left[0], isSwitch(flag))
    options.push({ flag, text: takesNext ? left.shift() : inline })
  }
  return { options, words, rest: undefined }
}

function isValue(word: string | undefined, ofSwitch: boolean): boolean {
  if (ofSwitch) return word === 'true' || word === 'false'
  return word !== undefined && !isFlag(word)
}

function isFlag(word: string): boolean {
  return word.startsWith('-') && word !== '-'
}
