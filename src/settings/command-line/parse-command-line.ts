/**
 * Owns the command line: which command, which flags, and what is wrong with them. Mistakes are
 * returned, not thrown, so that they are reported together with those from other sources.
 */
import { didYouMean } from '../help/did-you-mean.js'
import type { Given } from '../given.js'
import { parseValue } from '../parse-value.js'
import { type Problem, printable } from '../problem.js'
import { SETTING_ENTRIES } from '../setting-names.js'
import { type Option, splitCommandLine } from './split-command-line.js'
import type { Setting, SettingName } from '../table.js'
import { parseBoolean } from '../values/parse-boolean.js'
import { parseInteger } from '../values/parse-integer.js'
import { parseDuration } from '../values/parse-duration.js'

export const COMMANDS = [
  'start',
  'demo',
  'token',
  'check',
  'healthcheck',
  'wait',
  'run',
  'completion',
  'help',
  'version',
] as const
export type Command = (typeof COMMANDS)[number]

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The parts of a flag that matter here. */
interface Flag extends Pick<Setting, 'type' | 'list'> {
  /** The only command that has it; default: all have it. */
  readonly only?: Command
  readonly placeholder?: string
  readonly help?: string
}

export interface CommandLine {
  readonly command: Command
  readonly help: boolean
  /** The command to show help for: the named one, or the one after `help`. */
  readonly topic: Command | undefined
  readonly version: boolean
  /** `check --json`. */
  readonly json: boolean
  /** `wait --timeout`. */
  readonly timeoutMs: number
  /** `wait --pid`. */
  readonly pid: number | undefined
  /** `completion SHELL`. */
  readonly shell: Shell | undefined
  /** `run -- CMD ARG…`: what follows the `--`. */
  readonly rest: readonly string[]
  /** `--config`. */
  readonly config: string | undefined
  readonly flags: ReadonlyMap<SettingName, Given>
  /** For `loadSettings` to throw, with all others. */
  readonly problems: readonly Problem[]
}

/** Flags that are not settings. */
export const OTHER_FLAGS = {
  '--config': { placeholder: 'FILE', help: 'YAML or JSON file of settings' },
  '--help': { type: 'boolean', help: 'show how a command is used' },
  '--version': { type: 'boolean', help: 'show the version' },
  '--json': {
    type: 'boolean',
    only: 'check',
    help: 'print {ok, steps:[{name, status, detail, hint, durationMs}]} instead',
  },
  '--timeout': { only: 'wait', placeholder: 'DURATION', help: 'how long to wait (default 30s)' },
  '--pid': {
    only: 'wait',
    placeholder: 'PID',
    help: 'the process of that proxy: give up when it exits, and accept no other proxy',
  },
} as const satisfies Readonly<Record<string, Flag>>

/** Flags of other programs that we do not have. */
const NO_FLAGS: Readonly<Record<string, string>> = {
  '--token': 'put the token into TAILER_PROXY_TOKEN: process lists show the command line',
  '--proxy': 'set HTTPS_PROXY',
  '--insecure': 'certificates are always verified; trust a CA of your own with --ca-file',
  '-k': 'certificates are always verified; trust a CA of your own with --ca-file',
}

const FLAGS = new Map<string, Flag>([
  ...SETTING_ENTRIES.map(([, setting]): [string, Flag] => [`--${setting.flag}`, setting]),
  ...Object.entries(OTHER_FLAGS),
])

const DEFAULT_WAIT_TIMEOUT_MS = 30_000
const COMMAND_LINE = 'command line'

/** Parses what follows the program's name, `process.argv.slice(2)`. Never throws. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const problems: Problem[] = []
  const isSwitch = (flag: string) => FLAGS.get(flag)?.type === 'boolean'
  const { options, words, rest } = splitCommandLine(argv, isSwitch)
  const { command, topic, file, shell } = readWords(words, rest, problems)
  if (file !== undefined) options.push({ flag: '--credentials', text: file })
  const texts = readOptions(options, command, problems)

  const parsed = <T>(flag: string, parse: (text: string) => T): T | undefined => {
    const text = texts.get(flag)?.at(-1)
    const candidate = { name: flag, where: COMMAND_LINE, mayShow: true }
    return text === undefined ? undefined : parseValue(parse, { ...candidate, text }, problems)
  }
  return {
    command,
    help: parsed('--help', parseBoolean) ?? false,
    topic,
    version: parsed('--version', parseBoolean) ?? false,
    json: parsed('--json', parseBoolean) ?? false,
    timeoutMs: parsed('--timeout', parseDuration) ?? DEFAULT_WAIT_TIMEOUT_MS,
    pid: parsed('--pid', parseInteger),
    shell,
    rest: command === 'run' ? (rest ?? []) : [],
    config: texts.get('--config')?.at(-1),
    flags: new Map(
      SETTING_ENTRIES.flatMap(([name, { flag }]) => {
        const given = texts.get(`--${flag}`)
        if (given === undefined) return []
        const named = { name: `--${flag}`, where: COMMAND_LINE, source: `--${flag}` }
        return [[name, { texts: given, ...named, mayShow: true }]]
      }),
    ),
    problems,
  }
}

interface Words {
  readonly command: Command
  readonly topic?: Command | undefined
  /** From `token FILE`, which is short for `--credentials FILE`. */
  readonly file?: string | undefined
  readonly shell?: Shell | undefined
}

function readWords(
  words: readonly string[],
  rest: readonly string[] | undefined,
  problems: Problem[],
): Words {
  const [first, ...others] = words
  if (first === undefined && rest === undefined) return { command: 'start' }
  const command = first === undefined ? 'start' : readCommand(first, problems)
  if (command === undefined) return { command: 'start' }
  if (command === 'run') {
    if (others.length > 0 || !rest?.[0]) {
      const hint = 'for example: tailer-proxy run -- ./job.sh'
      problems.push({ what: 'run needs -- and then a command', where: COMMAND_LINE, hint })
    }
    return { command, topic: command }
  }
  const args = [...others, ...(rest ?? [])]
  const topic = command === 'help' ? readTopic(args.shift(), problems) : command
  const file = command === 'token' ? args.shift() : undefined
  const shell = command === 'completion' ? readShell(args.shift(), problems) : undefined
  for (const word of args) {
    const what = `unexpected argument "${printable(word)}" after ${command}`
    problems.push({ what, where: COMMAND_LINE })
  }
  return { command, topic, file, shell }
}

function readCommand(word: string, problems: Problem[]): Command | undefined {
  const command = COMMANDS.find((name) => name === word)
  if (command === undefined) {
    const hint = didYouMean(word, COMMANDS) ?? 'tailer-proxy --help lists the commands'
    const name = printable(word)
    problems.push({ what: `unknown command ${name}`, where: COMMAND_LINE, hint, name })
  }
  return command
}

function readTopic(word: string | undefined, problems: Problem[]): Command | undefined {
  return word === undefined ? undefined : readCommand(word, problems)
}

function readShell(word: string | undefined, problems: Problem[]): Shell | undefined {
  const shell = SHELLS.find((name) => name === word)
  if (shell === undefined) {
    const given = word === undefined ? '' : `, not "${printable(word)}"`
    const what = `completion needs the name of a shell: ${SHELLS.join(', ')}${given}`
    problems.push({ what, where: COMMAND_LINE, hint: didYouMean(word ?? '', SHELLS) })
  }
  return shell
}

/** The texts given for each flag that the command has. */
function readOptions(
  options: readonly Option[],
  command: Command,
  problems: Problem[],
): Map<string, string[]> {
  const valid = [...FLAGS].filter(([, { only }]) => only === undefined || only === command)
  const flags = new Map(valid)
  const texts = new Map<string, string[]>()
  for (const { flag, text } of options) {
    const shown = printable(flag)
    const known = flags.get(flag)
    const earlier = texts.get(flag)
    if (!known) {
      const hint = NO_FLAGS[flag] ?? didYouMean(flag, [...flags.keys()]) ?? seeHelp(command)
      problems.push({ what: `unknown flag ${shown}`, where: COMMAND_LINE, hint, name: shown })
    } else if (text === undefined && known.type !== 'boolean') {
      problems.push({ what: `${shown} needs a value`, where: COMMAND_LINE })
    } else if (earlier && !known.list) {
      problems.push({ what: `${shown} is given twice`, where: COMMAND_LINE })
    } else {
      texts.set(flag, [...(earlier ?? []), text ?? 'true'])
    }
  }
  return texts
}

function seeHelp(command: Command): string {
  return `tailer-proxy help ${command} lists the flags`
}
