/**
 * Owns reading settings from variables, and finding unknown variables with our prefix. An empty
 * variable counts as unset, as container users expect, except where that would be dangerous.
 */
import { didYouMean } from '../help/did-you-mean.js'
import type { Given, Source } from '../given.js'
import { type Problem, printable } from '../problem.js'
import { SETTING_ENTRIES, VARIABLE_PREFIX, variableOf } from '../setting-names.js'
import type { SettingName } from '../table.js'

/** Variables with our prefix that are not in the table, and what they are for. */
export const OTHER_VARIABLES = {
  TAILER_PROXY_CONFIG: 'YAML or JSON file of settings',
  TAILER_PROXY_TOKEN: 'token to use as it is; only a variable, so that no process list shows it',
  TAILER_PROXY_TOKEN_FILE: 'file of such a token; read again when it changes',
} as const

/**
 * What Kubernetes adds to the environment of containers for a Service named `tailer-proxy` or
 * `tailer-proxy-…`:
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const OF_A_SERVICE =
  /^([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/
const SERVICE_PORT = /^([A-Z0-9_]+_)?PORT$/
const SERVICE_URL = /^(tcp|udp|sctp):\/\//

const WHERE = 'environment'

export type Environment = Readonly<Partial<Record<string, string>>>

/** The settings given by variables, and mistakes among all that have our prefix. */
export function readVariables(environment: Environment): Source {
  const known = new Map(SETTING_ENTRIES.map((entry) => [variableOf(entry[1].flag), entry]))
  const valid = [...known.keys(), ...Object.keys(OTHER_VARIABLES)]
  const given = new Map<SettingName, Given>()
  const problems: Problem[] = []
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(VARIABLE_PREFIX) || text === undefined) continue
    const [name, setting] = known.get(variable) ?? []
    if (text === '' && !setting?.mustHaveValue) continue
    if (name !== undefined) {
      const texts = setting?.list ? itemsOf(text) : [text]
      given.set(name, { texts, name: variable, where: WHERE, source: variable, mayShow: true })
      if (texts.length === 0)
        problems.push({ what: `${variable} must have at least one item`, where: WHERE })
    } else if (!valid.includes(variable) && !isOfAService(variable, text)) {
      const name = printable(variable)
      const hint = didYouMean(variable, valid)
      problems.push({ what: `unknown variable ${name}`, where: WHERE, hint, name })
    }
  }
  return { given, problems }
}

function itemsOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function isOfAService(variable: string, text: string): boolean {
  const name = variable.slice(VARIABLE_PREFIX.length)
  return OF_A_SERVICE.test(name) || (SERVICE_PORT.test(name) && SERVICE_URL.test(text))
}
