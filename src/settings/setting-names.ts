/** Owns a setting's names: its flag is in the table, its variable and key are derived from that. */
import { SETTINGS, type Setting, type SettingName } from './table.js'

export const VARIABLE_PREFIX = 'TAILER_PROXY_'

/** The settings in the table's order. */
export const SETTING_ENTRIES = Object.entries(SETTINGS) as readonly (readonly [
  SettingName,
  Setting,
])[]

/** `connect-timeout` → `TAILER_PROXY_CONNECT_TIMEOUT`. */
export function variableOf(flag: string): string {
  return VARIABLE_PREFIX + flag.toUpperCase().replaceAll('-', '_')
}

/** `connect-timeout` → `connectTimeout`. */
export function keyOf(flag: string): string {
  return flag.replace(/-[a-z0-9]/g, (part) => part.slice(1).toUpperCase())
}
