/**
 * Owns the shape of a command line: `--flag value`, `--flag=value`, words, and what follows `--`.
 * `node:util`'s parseArgs is not used because it lets `--listen --admin off` give --listen the
 * value `--admin`, and would take the value of a misspelt flag for an argument, and show it.
 */

/** `flag` is with its dashes; `text` is undefined where no value followed. */
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

/** A flag takes the next word unless that is a flag, or `isSwitch` says that it needs no value. */
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
    const flag = name === '-h' ? '--help' : name
    const takesNext =
      inline === undefined && !isSwitch(flag) && left[0] !== undefined && !isFlag(left[0])
    options.push({ flag, text: takesNext ? left.shift() : inline })
  }
  return { options, words, rest: undefined }
}

function isFlag(word: string): boolean {
  return word.startsWith('-') && word !== '-'
}
