import { format } from 'prettier'
import t from 'tap'
import { COMMANDS } from '../../../src/settings/command-line/parse-command-line.js'
import { SETTING_ENTRIES, variableOf } from '../../../src/settings/setting-names.js'
import { settingsReference } from '../../../src/settings/help/settings-reference.js'
import { usageFor } from '../../../src/settings/help/usage.js'

t.test('every command has a usage of at most 100 columns that ends in an example', (t) => {
  for (const command of COMMANDS) {
    const usage = usageFor(command)
    t.ok(usage.startsWith('usage: tailer-proxy '), command)
    t.match(usage, /\nexample:\n( {2}.+\n)+$/)
    for (const line of usage.split('\n')) t.ok(line.length <= 100, line)
  }
  t.end()
})

t.test('the usage of start has every command, flag and default', (t) => {
  const usage = usageFor('start')
  for (const command of COMMANDS) t.match(usage, new RegExp(`^ {2}${command} `, 'm'))
  for (const [, setting] of SETTING_ENTRIES) {
    const start = usage.indexOf(`\n  --${setting.flag} `)
    t.ok(start > 0, setting.flag)
    const entry = usage.slice(start, usage.indexOf('\n  -', start + 1)).replace(/\s+/g, ' ')
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
