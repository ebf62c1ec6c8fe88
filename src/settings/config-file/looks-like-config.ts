import { keyOf, SETTING_ENTRIES } from '../setting-names.js'

const KEYS = new Set(['$schema', ...SETTING_ENTRIES.map(([, { flag }]) => keyOf(flag))])

export function isConfigKey(key: string): boolean {
  return KEYS.has(key)
}

/** Owns guessing that a text which is not JSON is a config file in YAML: all its keys are ours. */
export function looksLikeConfig(text: string): boolean {
  const keys = [...text.matchAll(/^([$\w]+):/gm)].map(([, key = '']) => key)
  return keys.length > 0 && keys.every(isConfigKey)
}
