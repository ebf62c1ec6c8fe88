/**
 * Owns loading all settings: flag, then variable, then config file, then default. Every given value
 * is checked, even one that another overrides, and all mistakes are one error.
 */
import { checkCombinations } from './check-combinations.js'
import type { Given, Source } from './given.js'
import { withoutImageCredentials } from './environment/image-credentials.js'
import type { CommandLine } from './command-line/parse-command-line.js'
import { parseValue } from './parse-value.js'
import { fatalOf, type Problem } from './problem.js'
import { readSurroundings } from './environment/read-surroundings.js'
import { type Environment, readVariables } from './environment/read-variables.js'
import { SETTING_ENTRIES } from './setting-names.js'
import type { Rule, Setting, SettingName, Settings, SettingValues } from './table.js'
import { parsePath } from './values/parse-text.js'

export interface SettingsInput {
  /** From `parseCommandLine`; its mistakes are reported here. */
  readonly commandLine: Pick<CommandLine, 'flags' | 'config' | 'problems'>
  /** `process.env`. */
  readonly environment: Environment
  /** Needed only with a config file: without one, the YAML parser need not be loaded. */
  readonly readConfigFile?: ((path: string) => Source) | undefined
}

const READ_ONLY_RULES: readonly Rule[] = [
  { method: 'GET', path: '/', prefix: true },
  { method: 'HEAD', path: '/', prefix: true },
  { method: 'POST', path: '/v1/dag/status', prefix: false },
]

/** Throws one `FatalError` (exit code 2) with everything that is wrong. */
export function loadSettings(input: SettingsInput): Settings {
  const { commandLine, environment } = input
  const problems = [...commandLine.problems]
  const variables = readVariables(environment)
  const file = readConfig(input, problems)
  const { surroundings, problems: surroundingProblems } = readSurroundings(environment)
  problems.push(...variables.problems, ...file.problems, ...surroundingProblems)

  const layers = [commandLine.flags, variables.given, file.given] as const
  const { values, sources } = resolve(withoutImageCredentials(layers, surroundings), problems)
  problems.push(...checkCombinations({ values, sources, surroundings }))
  if (problems.length > 0) throw fatalOf(problems, values.logFormat)

  // Without problems, every setting has a value.
  const { allow, ...settings } = values as SettingValues
  const rules = [...allow, ...(settings.readOnly ? READ_ONLY_RULES : [])]
  return deepFreeze({
    ...settings,
    ...surroundings,
    audience: settings.audience ?? settings.upstream,
    rules: rules.length > 0 ? rules : undefined,
    sources,
  })
}

/** The path of the config file, as given. */
export function configFileOf({
  commandLine,
  environment,
}: Pick<SettingsInput, 'commandLine' | 'environment'>): string | undefined {
  return commandLine.config ?? (environment['TAILER_PROXY_CONFIG'] || undefined)
}

function readConfig(input: SettingsInput, problems: Problem[]): Source {
  const text = configFileOf(input)
  const { commandLine, readConfigFile } = input
  const [name, where] =
    commandLine.config === undefined
      ? ['TAILER_PROXY_CONFIG', 'environment']
      : ['--config', 'command line']
  const path =
    text === undefined
      ? undefined
      : parseValue(parsePath, { text, name, where, mayShow: true }, problems)
  if (path === undefined || readConfigFile === undefined) return { given: new Map(), problems: [] }
  return readConfigFile(path)
}

type Layers = readonly Source['given'][]

/** The first layer with a value wins. */
function resolve(layers: Layers, problems: Problem[]) {
  const resolved = SETTING_ENTRIES.map(([name, setting]) => {
    const given = layers.flatMap((layer) => layer.get(name) ?? [])
    const values = given.map((one) => valueOf(setting, one, problems))
    const source = given[0]?.source ?? 'default'
    return { name, source, value: given.length > 0 ? values[0] : defaultOf(setting) }
  })
  return {
    values: Object.fromEntries(
      resolved.map(({ name, value }) => [name, value]),
    ) as Partial<SettingValues>,
    sources: Object.fromEntries(resolved.map(({ name, source }) => [name, source])) as Record<
      SettingName,
      string
    >,
  }
}

function valueOf(setting: Setting, given: Given, problems: Problem[]): unknown {
  const { texts, name, where, mayShow } = given
  const shown = mayShow && !setting.secret
  const values = texts.map((text) =>
    parseValue(setting.parse, { text, name, where, mayShow: shown }, problems),
  )
  return setting.list ? values : values[0]
}

function defaultOf({ parse, list, default: text }: Setting): unknown {
  if (list) return []
  return text === undefined ? undefined : parse(text)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(deepFreeze)
  }
  return value
}
