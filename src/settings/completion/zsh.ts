/** Owns the completion script of zsh, which relies on `_arguments`. */
import { SHELLS } from '../command-line/parse-command-line.js'
import type { Completed, CompletedFlag } from './completed.js'

export function zshCompletion({ commands, flags }: Completed): string {
  const common = flags.filter(({ only }) => only === undefined)
  const cases = commands.map(({ name }) => {
    const own = flags.filter(({ only }) => only === name).map(specOf)
    const words = WORDS[name] ?? []
    return `    ${name}) _arguments -S $flags ${[...own, ...words].join(' ')} ;;`
  })
  return `#compdef tailer-proxy
# zsh completion for tailer-proxy: source <(tailer-proxy completion zsh), or a file _tailer-proxy in
# a directory of $fpath

_tailer_proxy_commands() {
  local -a commands=(
${commands.map(({ name, help }) => `    ${quote(`${name}:${help}`)}`).join('\n')}
  )
  _describe command commands
}

_tailer_proxy() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a flags=(
${common.map((flag) => `    ${specOf(flag)}`).join('\n')}
  )
  _arguments -C -S $flags '1: :_tailer_proxy_commands' '*:: :->words'
  [[ $state == words ]] || return
  case $line[1] in
${cases.join('\n')}
  esac
}

if [[ $funcstack[1] == _tailer-proxy ]]; then
  _tailer_proxy "$@"
else
  compdef _tailer_proxy tailer-proxy
fi
`
}

/** What a command takes besides flags. */
const WORDS: Readonly<Partial<Record<string, readonly string[]>>> = {
  token: ["'1:file:_files'"],
  run: ["'*::: :_normal'"],
  completion: [`'1:shell:(${SHELLS.join(' ')})'`],
  help: ["'1: :_tailer_proxy_commands'"],
}

/** `'*--flag=[help]:placeholder:action'` */
function specOf({ flag, help, placeholder, choices, isFile, mayRepeat }: CompletedFlag): string {
  const shown = `[${help.replace(/[[\]\\]/g, '\\$&')}]`
  const repeat = mayRepeat ? '*' : ''
  if (placeholder === undefined) return quote(`${repeat}${flag}${shown}`)
  const action = isFile ? '_files' : choices.length > 0 ? `(${choices.join(' ')})` : ' '
  return quote(`${repeat}${flag}=${shown}:${placeholder.replaceAll(':', '\\:')}:${action}`)
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
