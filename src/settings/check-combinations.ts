/** Owns faults in the combination of settings that are each valid. */
import type { Problem } from './problem.js'
import { CA_FILE_HINT, readCaFile } from './read-ca-file.js'
import type { SettingName, SettingValues, Surroundings } from './table.js'
import { type Address, isLocalAddress } from './values/parse-address.js'

/** What to check; a value that could not be parsed is missing, and reported already. */
export interface Combination {
  readonly values: Partial<SettingValues>
  readonly sources: Readonly<Record<SettingName, string>>
  readonly surroundings: Surroundings
}

export function checkCombinations(combination: Combination): Problem[] {
  return [
    ...checkAddresses(combination),
    ...checkAllowedUsers(combination),
    ...checkCaFile(combination),
    ...checkInspect(combination),
    ...checkCredentials(combination),
    ...checkImpersonation(combination),
  ]
}

function checkAddresses({ values, sources }: Combination): Problem[] {
  const problems: Problem[] = []
  const { listen, unsafeListen } = values
  const admin = values.admin === 'off' ? undefined : values.admin
  const unsafe = (flag: string, where: string) => ({
    what: `${flag} is not loopback: other machines could reach it`,
    where,
    hint: 'use 127.0.0.1, or add --unsafe-listen to let them',
  })
  if (unsafeListen === false) {
    if (listen && !isLocalAddress(listen)) problems.push(unsafe('--listen', sources.listen))
    if (admin && !isLocalAddress(admin)) problems.push(unsafe('--admin', sources.admin))
  }
  if (listen && admin && isSame(listen, admin)) {
    const where = `${sources.listen}, ${sources.admin}`
    problems.push({ what: '--listen and --admin are the same address', where })
  }
  return problems
}

/** Requests' headers and bodies may be shown only on this machine. */
function checkInspect({ values, sources }: Combination): Problem[] {
  const { inspect, admin } = values
  if (inspect !== true || admin === undefined) return []
  const where = sources.inspect
  if (admin === 'off') {
    const what = '--inspect is of no use with --admin off: there is no page to show requests on'
    return [{ what, where, hint: 'give --admin an address, or leave --inspect out' }]
  }
  if (isLocalAddress(admin)) return []
  const what = '--inspect needs an --admin address that only this machine can reach'
  return [{ what, where, hint: 'use --admin 127.0.0.1:9901 or a unix socket' }]
}

/** The kernel knows the user of a connection only if both ends are on this machine. */
function checkAllowedUsers({ values, sources }: Combination): Problem[] {
  const { listen, admin, allowedUsers = [] } = values
  if (allowedUsers.length === 0) return []
  const where = sources.allowedUsers
  if (process.platform !== 'linux') {
    const what = '--allowed-user works on Linux alone: no other kernel says who calls'
    return [{ what, where, hint: 'listen on a unix socket instead: its mode says who may connect' }]
  }
  const addresses = [
    { flag: '--listen', address: listen },
    { flag: '--admin', address: admin === 'off' ? undefined : admin },
  ]
  return addresses.flatMap(({ flag, address }) => {
    if (address === undefined || isLocalAddress(address)) return []
    const what = `--allowed-user does not go with ${flag} beyond loopback: nobody can tell who calls from another machine`
    return [{ what, where, hint: `give ${flag} a loopback address, or leave --allowed-user out` }]
  })
}

/** Two that ask for any free port get different ports. */
function isSame(one: Address, other: Address): boolean {
  if (one.kind === 'unix') return other.kind === 'unix' && one.path === other.path
  return (
    other.kind === 'tcp' && one.port !== 0 && one.port === other.port && one.host === other.host
  )
}

function checkCaFile({ values: { caFile }, sources }: Combination): Problem[] {
  if (caFile === undefined) return []
  const { fault } = readCaFile(caFile)
  if (fault === undefined) return []
  return [
    {
      what: `the CA file ${fault}`,
      where: `${sources.caFile} ${caFile}`,
      hint: CA_FILE_HINT,
    },
  ]
}

function checkCredentials({ values, sources, surroundings }: Combination): Problem[] {
  const { identity } = values
  const given = [
    sources.credentials !== 'default' && { kind: 'file', where: sources.credentials },
    sources.exec !== 'default' && { kind: 'exec', where: sources.exec },
    surroundings.staticToken && { kind: 'static', where: 'TAILER_PROXY_TOKEN' },
    surroundings.tokenFile !== undefined && { kind: 'static', where: 'TAILER_PROXY_TOKEN_FILE' },
  ].filter((source) => typeof source === 'object')

  if (given.length > 1) {
    return [
      {
        what: 'more than one source of credentials',
        where: given.map(({ where }) => where).join(', '),
        hint: 'keep one of them; an empty variable counts as unset',
      },
    ]
  }
  const [source] = given
  const where = sources.identity
  if ((identity === 'exec' || identity === 'static') && source?.kind !== identity) {
    const needs = identity === 'exec' ? '--exec' : 'TAILER_PROXY_TOKEN or TAILER_PROXY_TOKEN_FILE'
    return [{ what: `--identity ${identity} needs ${needs}`, where }]
  }
  const isFixed = source?.kind === 'exec' || source?.kind === 'static'
  if (identity && identity !== 'auto' && isFixed && source.kind !== identity) {
    return [{ what: `--identity ${identity} does not go with ${source.where}`, where }]
  }
  return []
}

function checkImpersonation({ values, sources }: Combination): Problem[] {
  if (values.impersonate === undefined || values.tokenType !== 'jwt') return []
  return [
    {
      what: '--impersonate cannot make a token of type jwt',
      where: sources.impersonate,
      hint: 'add --token-type id-token (or access-token)',
    },
  ]
}
