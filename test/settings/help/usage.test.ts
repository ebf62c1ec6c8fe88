import { format } from 'prettier'
import t from 'tap'
import { COMMANDS } from '../../../src/settings/command-line/parse-command-line.js'
import { SETTING_ENTRIES, variableOf } from '../../../src/settings/setting-names.js'
import { settingsReference } from '../../../src/settings/help/settings-reference.js'
import { usageFor } from '../../../src/settings/help/usage.js'

t.test('every command has a usage of at most 100 columns, with an example', (t) => {
  for (const command of [undefined, ...COMMANDS]) {
    const usage = usageFor(command)
    t.ok(usage.startsWith('usage: tailer-proxy '), usage)
    t.match(usage, /\nexample:\n( {2}\$ tailer-proxy .+\n| {2}.+\n)+(\n|$)/)
    for (const line of usage.split('\n')) t.ok(line.length <= 100, line)
  }
  t.end()
})

t.test('the first text fits a screen, and names each command and the next text', (t) => {
  const usage = usageFor(undefined)
  for (const command of COMMANDS) t.match(usage, new RegExp(`^ {2}${command} `, 'm'))
  t.match(usage, 'tailer-proxy help start')
  t.ok(usage.split('\n').length <= 45, 'it fits a screen')
  t.end()
})

t.test('the usage of start has every flag and default, in groups', (t) => {
  const usage = usageFor('start')
  const groups = usage.match(/^[a-z].*:\n {2}--/gm) ?? []
  t.ok(groups.length >= 6, groups.join())
  for (const [, setting] of SETTING_ENTRIES) {
    const start = usage.indexOf(`\n  --${setting.flag} `)
    t.ok(start > 0, setting.flag)
    const end = usage.slice(start + 1).search(/\n( {2}-|\n)/)
    const entry = usage.slice(start, start + 1 + end).replace(/\s+/g, ' ')
    const shown = 'defaultText' in setting ? setting.defaultText : setting.default
    if (shown !== undefined && shown !== 'false') t.ok(entry.includes(`(default ${shown})`), entry)
  }
  t.end()
})

t.test(
  'the reference has every flag and variable, and stays as it is under Prettier',
  async (t) => {
    const reference = settingsReference()
    for (const [, { flag }] of SETTING_ENTRIES) {
      t.match(reference, `| \`--${flag}\``)
      t.match(reference, `| \`${variableOf(flag)}\``)
    }
    t.match(reference, '| `TAILER_PROXY_TOKEN` ')
    t.equal(await format(reference, { parser: 'markdown' }), `${reference}\n`)
  },
)
