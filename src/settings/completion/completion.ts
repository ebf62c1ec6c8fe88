/** Owns what shells complete: commands, flags and values, from the same tables as the parser. */
import {
  type Command,
  COMMANDS,
  OTHER_FLAGS,
  type Shell,
} from '../command-line/parse-command-line.js'
import { SUMMARIES } from '../help/usage.js'
import { SETTING_ENTRIES } from '../setting-names.js'
import { bashCompletion } from './bash.js'
import type { Completed, CompletedCommand, CompletedFlag } from './completed.js'
import { fishCompletion } from './fish.js'
import { zshCompletion } from './zsh.js'

/** The script that makes a shell complete `tailer-proxy`. */
export function completionFor(shell: Shell): string {
  const completed: Completed = { commands: COMMANDS.map(commandOf), flags: [...flagsOf()] }
  return { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }[shell](completed)
}

function commandOf(name: Command): CompletedCommand {
  return { name, help: SUMMARIES[name][1] }
}

function* flagsOf(): Generator<CompletedFlag> {
  for (const [, { flag, help, placeholder, parse, list }] of SETTING_ENTRIES) {
    yield {
      flag: `--${flag}`,
      help,
      placeholder,
      choices: parse.choices ?? [],
      isFile: placeholder === 'FILE',
      mayRepeat: list ?? false,
      only: undefined,
    }
  }
  for (const [flag, other] of Object.entries(OTHER_FLAGS)) {
    const placeholder = 'placeholder' in other ? other.placeholder : undefined
    yield {
      flag,
      help: other.help,
      placeholder,
      choices: [],
      isFile: placeholder === 'FILE',
      mayRepeat: false,
      only: 'only' in other ? other.only : undefined,
    }
  }
}
