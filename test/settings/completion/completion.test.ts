import { spawnSync } from 'node:child_process'
import t from 'tap'
import { SHELLS } from '../../../src/settings/command-line/parse-command-line.js'
import { completionFor } from '../../../src/settings/completion/completion.js'
import { SETTING_ENTRIES } from '../../../src/settings/setting-names.js'
import { Typing } from './typing.js'

const isInstalled = (program: string) => spawnSync(program, ['--version']).error === undefined

/** What is typed, where ⇥ is the key, and what the command is called with. */
const LINES: readonly (readonly [typed: string, called: string])[] = [
  ['healthch⇥', 'healthcheck'],
  ['comp⇥ fi⇥', 'completion fish'],
  ['help wa⇥', 'help wait'],
  ['--ident⇥', '--identity'],
  ['--identity serv⇥', '--identity service-account'],
  ['--log-format=gc⇥', '--log-format=gcp'],
  ['--listen a che⇥ --js⇥', '--listen a check --json'],
  ['wait --pi⇥ 1 --timeo⇥', 'wait --pid 1 --timeout'],
  ['token my-cre⇥', 'token my-credentials.json'],
  ['--credentials my-cre⇥', '--credentials my-credentials.json'],
  ['run -- cat my-cre⇥', 'run -- cat my-credentials.json'],
]

for (const shell of SHELLS) {
  if (!isInstalled(shell) || !isInstalled('script')) {
    t.comment(`${shell} or script is not installed: its completion is not tried`)
    continue
  }
  t.test(`${shell} completes commands, flags, values and files`, async (t) => {
    const typing = new Typing(t, shell)
    for (const [typed, called] of LINES) t.equal(await typing.call(typed), called, typed)
  })
}

t.test('every flag and every fixed value is in each script', (t) => {
  for (const shell of SHELLS) {
    const script = completionFor(shell)
    for (const [, { flag, parse }] of SETTING_ENTRIES) {
      t.match(script, shell === 'fish' ? ` -l ${flag} ` : `--${flag}`)
      const { choices = [] } = parse as { choices?: readonly string[] }
      t.ok(script.includes(choices.join(' ')), flag)
    }
  }
  t.end()
})
