/** Owns the completion script of bash; it needs only bash 3.2. */
import { SHELLS } from '../command-line/parse-command-line.js'
import type { Completed, CompletedFlag } from './completed.js'

export function bashCompletion({ commands, flags }: Completed): string {
  const names = commands.map(({ name }) => name).join(' ')
  const common = flags.filter(({ only }) => only === undefined)
  const own = commands.flatMap(({ name }) => {
    const its = flags.filter(({ only }) => only === name)
    return its.length === 0 ? [] : [`    ${name}) flags="$flags ${namesOf(its)}" ;;`]
  })
  const choices = flags
    .filter(({ choices }) => choices.length > 0)
    .map(
      ({ flag, choices }) => `    ${flag}) _tailer_proxy_words '${choices.join(' ')}'; return ;;`,
    )
  const free = flags.filter(
    ({ placeholder, choices, isFile }) => placeholder && choices.length === 0 && !isFile,
  )
  return `# bash completion for tailer-proxy: source <(tailer-proxy completion bash)

_tailer_proxy_words() { COMPREPLY=($(compgen -W "$1" -- "$current")); }

_tailer_proxy_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$current"))
}

_tailer_proxy() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  local command='' flags='${namesOf(common)}' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    --)
      # What follows is a command line of its own.
      [[ $command == run ]] || return
      if ((i == COMP_CWORD - 1)); then COMPREPLY=($(compgen -c -- "$current")); fi
      if ((\${#COMPREPLY[@]} == 0)); then _tailer_proxy_files; fi
      return
      ;;
    ${valued(flags)}) i=$((i + 1)) ;;
    ${commands.map(({ name }) => name).join('|')}) [[ $command ]] || command=\${COMP_WORDS[i]} ;;
    esac
  done
  # Bash splits --flag=value into three words.
  if [[ $current == = ]]; then
    current=''
  elif [[ $before == = ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $before in
${choices.join('\n')}
    ${namesOf(
      flags.filter(({ isFile }) => isFile),
      '|',
    )}) _tailer_proxy_files; return ;;
    ${namesOf(free, '|')}) return ;;
  esac
  case $command in
${own.join('\n')}
  esac
  case $command:$current in
    completion:[!-]*|completion:) _tailer_proxy_words '${SHELLS.join(' ')}' ;;
    help:[!-]*|help:) _tailer_proxy_words '${names}' ;;
    token:[!-]*|token:) _tailer_proxy_files ;;
    :[!-]*|:) _tailer_proxy_words '${names}' ;;
    *) _tailer_proxy_words "$flags" ;;
  esac
}

complete -F _tailer_proxy tailer-proxy
`
}

function namesOf(flags: readonly CompletedFlag[], between = ' '): string {
  return flags.map(({ flag }) => flag).join(between)
}

/** A word after one of these is its value, not a command. */
function valued(flags: readonly CompletedFlag[]): string {
  return namesOf(
    flags.filter(({ placeholder }) => placeholder !== undefined),
    '|',
  )
}
