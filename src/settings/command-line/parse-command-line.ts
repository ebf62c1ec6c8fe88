/**
 * Owns the command line: which command, which flags, and what is wrong with them. Mistakes are
 * returned, not thrown, so that they are reported together with those of the other sources.
 */
import { didYouMean } from '../help/did-you-mean.js'
import type { Given } from '../given.js'
import { parseValue } from '../parse-value.js'
import { type Problem, printable } from '../problem.js'
import { SETTING_ENTRIES } from '../setting-names.js'
import { type Option, splitCommandLine } from './split-command-line.js'
import type { Setting, SettingName } from '../table.js'
import { parseBoolean } from '../values/parse-boolean.js'
import { parseDuration } from '../values/parse-duration.js'

export const COMMANDS = ['start', 'demo', 'token', 'check', 'healthcheck', 'wait', 'run'] as const
export type Command = (typeof COMMANDS)[number]

/** What of a flag matters here. */
interface Flag extends Pick<Setting, 'type' | 'list'> {
  /** The one command that has it; all have it otherwise. */
  readonly only?: Command
}

export interface CommandLine {
  readonly command: Command
  readonly help: boolean
  readonly version: boolean
  /** `check --json`. */
  readonly json: boolean
  /** `wait --timeout`. */
  readonly timeoutMs: number
  /** `run -- CMD ARG…`: what follows the `--`. */
  readonly rest: readonly string[]
  /** `--config`. */
  readonly config: string | undefined
  readonly flags: ReadonlyMap<SettingName, Given>
  /** For `loadSettings` to throw, with all others. */
  readonly problems: readonly Problem[]
}

/** Flags that are no settings. */
const OTHER_FLAGS: Readonly<Record<string, Flag>> = {
  '--config': {},
  '--help': { type: 'boolean' },
  '--version': { type: 'boolean' },
  '--json': { type: 'boolean', only: 'check' },
  '--timeout': { only: 'wait' },
}

const FLAGS = new Map<string, Flag>([
  ...SETTING_ENTRIES.map(([, setting]): [string, Flag] => [`--${setting.flag}`, setting]),
  ...Object.entries(OTHER_FLAGS),
])

const DEFAULT_WAIT_TIMEOUT = '30s'
const COMMAND_LINE = 'command line'

/** Takes what follows the program's name, `process.argv.slice(2)`. Never throws. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const problems: Problem[] = []
  const isSwitch = (flag: string) => FLAGS.get(flag)?.type === 'boolean'
  const { options, words, rest } = splitCommandLine(argv, isSwitch)
  const { command, file } = readWords(words, rest, problems)
  if (file !== undefined) options.push({ flag: '--credentials', text: file })
  const texts = readOptions(options, command, problems)

  const parsed = <T>(flag: string, fallback: string, parse: (text: string) => T) => {
    const text = texts.get(flag)?.at(-1) ?? fallback
    const candidate = { text, name: flag, where: flag, mayShow: true }
    return parseValue(parse, candidate, problems)
  }
  return {
    command,
    help: parsed('--help', 'false', parseBoolean) ?? false,
    version: parsed('--version', 'false', parseBoolean) ?? false,
    json: parsed('--json', 'false', parseBoolean) ?? false,
    timeoutMs: parsed('--timeout', DEFAULT_WAIT_TIMEOUT, parseDuration) ?? 0,
    rest: command === 'run' ? (rest ?? []) : [],
    config: texts.get('--config')?.at(-1),
    flags: new Map(
      SETTING_ENTRIES.flatMap(([name, { flag }]) => {
        const given = texts.get(`--${flag}`)
        return given ? [[name, { texts: given, where: `--${flag}`, mayShow: true }]] : []
      }),
    ),
    problems,
  }
}

/** The command, and the file of `token FILE`, which is short for `--credentials FILE`. */
function readWords(
  words: readonly string[],
  rest: readonly string[] | undefined,
  problems: Problem[],
): { command: Command; file?: string | undefined } {
  const [first = 'start', ...others] = words
  const command = COMMANDS.find((name) => name === first)
  if (command === undefined) {
    const hint = first === 'help' ? 'see tailer-proxy --help' : didYouMean(first, COMMANDS)
    problems.push({ what: `unknown command ${printable(first)}`, where: COMMAND_LINE, hint })
    return { command: 'start' }
  }
  if (command === 'run') {
    if (others.length > 0 || !rest?.[0]) {
      const hint = 'for example: tailer-proxy run -- ./job.sh'
      problems.push({ what: 'run wants -- and then a command', where: 'run', hint })
    }
    return { command }
  }
  const args = [...others, ...(rest ?? [])]
  const file = command === 'token' ? args.shift() : undefined
  for (const word of args) {
    problems.push({ what: `unexpected argument "${printable(word)}"`, where: command })
  }
  return { command, file }
}

/** The texts of each flag that the command has. */
function readOptions(
  options: readonly Option[],
  command: Command,
  problems: Problem[],
): Map<string, string[]> {
  const valid = [...FLAGS].filter(([, { only }]) => only === undefined || only === command)
  const flags = new Map(valid)
  const texts = new Map<string, string[]>()
  for (const { flag, text } of options) {
    const where = printable(flag)
    const known = flags.get(flag)
    const earlier = texts.get(flag)
    if (!known) {
      const hint = didYouMean(flag, [...flags.keys()])
      problems.push({ what: `unknown flag ${where}`, where: COMMAND_LINE, hint })
    } else if (text === undefined && known.type !== 'boolean') {
      problems.push({ what: `${where} wants a value`, where })
    } else if (earlier && !known.list) {
      problems.push({ what: `${where} is given twice`, where })
    } else {
      texts.set(flag, [...(earlier ?? []), text ?? 'true'])
    }
  }
  return texts
}
