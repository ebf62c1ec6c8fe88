/** Owns the settings reference in config/README.md: a Markdown table, aligned as by Prettier. */
import { OTHER_VARIABLES } from '../environment/read-variables.js'
import { SETTING_ENTRIES, variableOf } from '../setting-names.js'
import type { Setting } from '../table.js'

/** Flag, variable, default and meaning of each setting; no final line break. */
export function settingsReference(): string {
  const settings = SETTING_ENTRIES.map(([, setting]) => [
    code(`--${setting.flag}`),
    code(variableOf(setting.flag)),
    defaultOf(setting),
    prose(setting.list ? `${setting.help}; a list` : setting.help),
  ])
  const others = Object.entries(OTHER_VARIABLES).map(([variable, meaning]) => [
    variable === 'TAILER_PROXY_CONFIG' ? code('--config') : '–',
    code(variable),
    '–',
    prose(meaning),
  ])
  const header = ['flag', 'variable', 'default', 'meaning']
  const rows = [header, ...settings, ...others]
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => line(row.map((cell, column) => cell.padEnd(widths[column] ?? 0))))
  lines.splice(1, 0, line(widths.map((width) => '-'.repeat(width))))
  return lines.join('\n')
}

function defaultOf({ default: text, defaultText }: Setting): string {
  if (defaultText !== undefined) return prose(defaultText)
  return text === undefined ? '–' : code(text)
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function code(text: string): string {
  return `\`${text}\``
}

/** A `|` would end the cell, a `*` begin emphasis. */
function prose(text: string): string {
  return text.replace(/[|*]/g, '\\$&')
}
