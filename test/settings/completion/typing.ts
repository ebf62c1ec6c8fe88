/** Owns somebody who types at a shell, on a terminal of its own. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Shell } from '../../../src/settings/command-line/parse-command-line.js'
import { completionFor } from '../../../src/settings/completion/completion.js'

/** How each shell is started without its user's files, and told what there is to complete. */
const STARTS: Readonly<Record<Shell, (script: string) => readonly [string[], string]>> = {
  bash: (script) => [['bash', '--norc', '--noprofile', '-i'], `source ${script}`],
  zsh: (script) => [
    ['zsh', '-f', '-i'],
    `autoload -Uz compinit && compinit -u -D && source ${script}`,
  ],
  fish: (script) => [['fish', '--no-config', '-i'], `source ${script}`],
}
const FUNCTION: Readonly<Record<Shell, string>> = {
  bash: `tailer-proxy() { echo "called<$*>"; }; PS1='ready> '`,
  zsh: `tailer-proxy() { print -r -- "called<$*>" }; PS1='ready> '`,
  fish: `function tailer-proxy; echo "called<$argv>"; end; function fish_prompt; echo 'ready> '; end`,
}

export class Typing {
  readonly #child
  #output = ''
  #seen = 0

  constructor(t: Test, shell: Shell) {
    const directory = t.testdir({ 'my-credentials.json': '{}' })
    const script = join(t.testdirName, 'script')
    writeFileSync(script, completionFor(shell))
    const [command, start] = STARTS[shell](script)
    const environment = { PATH: process.env['PATH'] ?? '', HOME: directory, TERM: 'dumb' }
    const child = spawn('script', ['-q', '-c', command.join(' '), '/dev/null'], {
      cwd: directory,
      env: environment,
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    this.#child = child
    t.teardown(() => {
      child.stdin.end('exit\n')
      child.kill()
    })
    child.stdin.write(`${start}; ${FUNCTION[shell]}\n`)
  }

  /** Gives the words that the command was called with, once the line was entered. */
  async call(typed: string): Promise<string> {
    this.#child.stdin.write(`tailer-proxy ${typed.replaceAll('⇥', '\t')}\n`)
    for (;;) {
      const found = /called<([^$]*?)>/.exec(this.#output.slice(this.#seen))
      if (found !== null) {
        this.#seen += found.index + found[0].length
        return (found[1] ?? '').trim()
      }
      await new Promise((resolve) => this.#child.stdout.once('data', resolve))
    }
  }
}
