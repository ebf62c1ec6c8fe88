import { SETTING_ENTRIES, keyOf } from '../setting-names.js'
import type { Setting } from '../table.js'
import { DURATION } from '../values/parse-duration.js'
import { SIZE } from '../values/parse-size.js'

/**
 * Owns the JSON Schema of the config file, for editors: keys, types, defaults and help from the
 * table. Only loading checks values fully, since it knows what an address or a rule is.
 */
export function configSchema(): object {
  const properties = SETTING_ENTRIES.map(([, setting]) => [keyOf(setting.flag), schemaOf(setting)])
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:tailer-proxy:config',
    title: 'Settings of tailer-proxy',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { description: 'this schema, for editors', type: 'string' },
      ...(Object.fromEntries(properties) as object),
    },
  }
}

const PATTERNS: Readonly<Partial<Record<string, RegExp>>> = { DURATION, SIZE }

function schemaOf(setting: Setting): object {
  const { list, help, type, defaultText } = setting
  const description = defaultText === undefined ? help : `${help} (default: ${defaultText})`
  if (!list) return { description, ...kindOf(setting), ...defaultOf(setting) }
  const item = { type: type === undefined ? 'string' : ['string', type] }
  return { description, oneOf: [item, { type: 'array', items: item, minItems: 1 }] }
}

/** The type in the config file: booleans and numbers, plain or quoted. */
function kindOf({ type, parse, whenFalse, placeholder = '' }: Setting): object {
  if (whenFalse !== undefined) return { anyOf: [{ type: 'string' }, { const: false }] }
  if (type === 'boolean') return { type: 'boolean' }
  if (type === 'number') return { type: 'integer', minimum: 1 }
  if (parse.choices !== undefined) return { enum: parse.choices }
  const pattern = PATTERNS[placeholder]
  return pattern === undefined ? { type: 'string' } : { type: 'string', pattern: pattern.source }
}

function defaultOf({ type, default: text, defaultText }: Setting): object {
  if (text === undefined || defaultText !== undefined) return {}
  if (type === 'boolean') return { default: text === 'true' }
  return { default: type === 'number' ? Number(text) : text }
}
