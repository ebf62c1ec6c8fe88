/** Owns how `--help` lists names with their meanings, and settings in groups. */
import { SETTING_ENTRIES } from '../setting-names.js'
import type { Setting } from '../table.js'

const WIDTH = 100
const NAME_WIDTH = 36

/** The title of each group, by the flag that it begins with in the table's order. */
const GROUPS: Readonly<Partial<Record<string, string>>> = {
  listen: 'where it listens',
  upstream: 'the upstream',
  credentials: 'the identity and its token',
  'allowed-host': 'who may call, and what',
  'max-in-flight': 'limits',
  'log-level': 'the log',
}

/** All settings, group by group, each with its default; no final line break. */
export function settingsInGroups(): string {
  return SETTING_ENTRIES.map(([, setting], index) => {
    const title = GROUPS[setting.flag]
    const head = title === undefined ? '' : `${index === 0 ? '' : '\n'}${title}:\n`
    return head + settingLines(setting)
  }).join('\n')
}

/** The settings with these flags, in this order. */
export function settingsOf(...flags: readonly string[]): string {
  const settings = SETTING_ENTRIES.map(([, setting]: readonly [unknown, Setting]) => setting)
  return flags
    .flatMap((flag) => settings.find((setting) => setting.flag === flag) ?? [])
    .map(settingLines)
    .join('\n')
}

function settingLines(setting: Setting): string {
  const { flag, placeholder, help, list } = setting
  const name = placeholder === undefined ? `--${flag}` : `--${flag} ${placeholder}`
  const shown = setting.defaultText ?? setting.default
  const fallback = shown === undefined || shown === 'false' ? '' : ` (default ${shown})`
  return lines(name, `${help}${list ? '; may be repeated' : ''}${fallback}`)
}

/** A name with its meaning next to it, wrapped. */
export function lines(name: string, meaning: string): string {
  const wrapped = ['']
  for (const word of meaning.split(' ')) {
    const line = `${wrapped.at(-1) ?? ''} ${word}`.trimStart()
    if (line.length > WIDTH - NAME_WIDTH) wrapped.push(word)
    else wrapped[wrapped.length - 1] = line
  }
  return wrapped
    .map((line, index) => (index === 0 ? `  ${name}` : '').padEnd(NAME_WIDTH) + line)
    .join('\n')
}
