/** Owns the completion script of fish. */
import { SHELLS } from '../command-line/parse-command-line.js'
import type { Completed, CompletedFlag } from './completed.js'

export function fishCompletion({ commands, flags }: Completed): string {
  const names = commands.map(({ name }) => name).join(' ')
  const lines = [
    ...commands.map(({ name, help }) => `-n '__tailer_proxy_is none' -a ${name} -d ${quote(help)}`),
    ...flags.map(lineOf),
    `-n '__tailer_proxy_is token' -F`,
    `-n '__tailer_proxy_is completion' -a '${SHELLS.join(' ')}'`,
    `-n '__tailer_proxy_is help' -a '${names}'`,
    `-n '__tailer_proxy_is run; and contains -- -- (commandline -opc)' -a '(__tailer_proxy_run)'`,
  ]
  return `# fish completion for tailer-proxy: tailer-proxy completion fish | source

function __tailer_proxy_is --argument-names wanted
    for word in (commandline -opc)[2..]
        if contains -- $word ${names}
            test $word = $wanted
            return
        end
    end
    test $wanted = none
end

# After -- comes a command line of its own.
function __tailer_proxy_run
    set -l words (commandline -opc)
    set -l own (contains -i -- -- $words)
    set -e words[1..$own]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

complete -c tailer-proxy -f
${lines.map((line) => `complete -c tailer-proxy ${line}`).join('\n')}
`
}

function lineOf({ flag, help, placeholder, choices, isFile, only }: CompletedFlag): string {
  const where = only === undefined ? '' : `-n '__tailer_proxy_is ${only}' `
  const value =
    placeholder === undefined
      ? ''
      : isFile
        ? ' -r -F'
        : choices.length > 0
          ? ` -x -a '${choices.join(' ')}'`
          : ' -x'
  return `${where}-l ${flag.slice(2)}${value} -d ${quote(help)}`
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
