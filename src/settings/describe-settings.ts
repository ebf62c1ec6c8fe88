import { SETTING_ENTRIES } from './setting-names.js'
import type { SettingName, Settings } from './table.js'

/** A setting as a log or a report may show it. */
export interface SettingDescription {
  readonly value: unknown
  /** Its flag, its variable, its file and key, or `default`. */
  readonly source: string
}

/**
 * Owns how settings are shown: with where each comes from, in the table's order, none of their
 * secrets among them. Those of the environment alone are named if they are set, not shown.
 */
export function describeSettings(settings: Settings): Readonly<Record<string, SettingDescription>> {
  const values: Partial<Record<SettingName, unknown>> = {
    ...settings,
    allow: settings.rules,
    readOnly: settings.sources.readOnly !== 'default',
  }
  const described = SETTING_ENTRIES.map(([name, { flag, secret }]) => {
    const value = values[name]
    const shown = secret && value !== undefined ? '[secret]' : value
    return [flag, { value: shownValue(shown), source: settings.sources[name] }]
  })
  return Object.fromEntries(described) as Record<string, SettingDescription>
}

/** JSON knows no regular expressions. */
function shownValue(value: unknown): unknown {
  return value instanceof RegExp ? value.source : value
}
