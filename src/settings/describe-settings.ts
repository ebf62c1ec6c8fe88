import { printProxy } from './environment/proxy-for.js'
import { SETTING_ENTRIES } from './setting-names.js'
import type { Address, Rule, Setting, SettingName, Settings, Surroundings } from './table.js'
import { printAddress } from './values/parse-address.js'
import { printMode } from './values/parse-mode.js'
import { printDuration } from './values/parse-duration.js'
import { printSize } from './values/parse-size.js'
import type { AllowedUser } from './values/parse-user.js'

/** A setting as a log or a report may show it. */
export interface SettingDescription {
  /** As a user would write it, a list item by item; undefined if there is none. */
  readonly value: unknown
  /** Its flag, its variable, its file and key, `environment`, or `default`. */
  readonly source: string
}

/** Parts of the surroundings that a person may have set for the proxy, with their variables. */
const VARIABLES = {
  staticToken: 'TAILER_PROXY_TOKEN',
  tokenFile: 'TAILER_PROXY_TOKEN_FILE',
  googleApplicationCredentials: 'GOOGLE_APPLICATION_CREDENTIALS',
  noProxy: 'NO_PROXY',
  extraCaFile: 'NODE_EXTRA_CA_CERTS',
} as const satisfies Partial<Record<keyof Surroundings, string>>

/**
 * Owns how settings are shown: by flag, in the table's order, with their sources and without
 * secrets; then what only the environment provides, if set.
 */
export function describeSettings(settings: Settings): Readonly<Record<string, SettingDescription>> {
  const values: Partial<Record<SettingName, unknown>> = { ...settings, allow: settings.rules }
  const described = SETTING_ENTRIES.map(([name, setting]) => {
    const description = { value: print(setting, values[name]), source: settings.sources[name] }
    return [setting.flag, description]
  })
  const { httpsProxy, proxyVariable } = settings
  const surroundings = Object.entries(VARIABLES).flatMap(([name, variable]) => {
    const value = settings[name as keyof typeof VARIABLES]
    return value === undefined ? [] : [[variable, fromEnvironment(String(value))]]
  })
  const proxy =
    httpsProxy === undefined ? [] : [[proxyVariable, fromEnvironment(printProxy(httpsProxy))]]
  return Object.fromEntries([...described, ...surroundings, ...proxy]) as Record<
    string,
    SettingDescription
  >
}

function fromEnvironment(value: string): SettingDescription {
  return { value, source: 'environment' }
}

function print({ secret, placeholder }: Setting, value: unknown): unknown {
  if (value === undefined) return undefined
  if (secret) return '[secret]'
  if (placeholder === 'DURATION') return printDuration(value as number)
  if (placeholder === 'SIZE') return printSize(value as number)
  if (placeholder === 'MODE') return printMode(value as number)
  if (placeholder === 'USER') return (value as readonly AllowedUser[]).map(({ text }) => text)
  if (placeholder === 'RULE') return (value as readonly Rule[]).map(printRule)
  if (value instanceof RegExp) return value.source
  const isAddress = typeof value === 'object' && value !== null && 'kind' in value
  return isAddress ? printAddress(value as Address) : value
}

function printRule({ method, path, prefix }: Rule): string {
  return `${method} ${path}${prefix ? '*' : ''}`
}
