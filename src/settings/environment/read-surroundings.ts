/** Owns what only the environment can provide: static tokens, home directories, proxies. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseValue } from '../parse-value.js'
import type { Problem } from '../problem.js'
import type { Environment } from './read-variables.js'
import type { Surroundings } from '../table.js'
import { parseMetadataHost } from '../values/parse-metadata-host.js'
import { parseProxyUrl } from '../values/parse-proxy-url.js'
import { parsePath } from '../values/parse-text.js'
import { parseToken } from '../values/parse-token.js'

/** As in curl, `ALL_PROXY` applies if the variable for the scheme is not set. */
const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']

export interface SurroundingsRead {
  readonly surroundings: Surroundings
  readonly problems: readonly Problem[]
}

/** An empty variable counts as unset. No value is ever shown. */
export function readSurroundings(environment: Environment): SurroundingsRead {
  const problems: Problem[] = []
  const text = (variable: string): string | undefined => environment[variable] || undefined
  const parsed = <T>(name: string, parse: (text: string) => T): T | undefined => {
    const given = text(name)
    if (given === undefined) return undefined
    return parseValue(parse, { text: given, name, where: 'environment', mayShow: false }, problems)
  }

  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    problems.push({
      what: 'certificates would not be verified: the token could go to anyone',
      where: 'NODE_TLS_REJECT_UNAUTHORIZED=0',
      hint: 'unset it; trust a CA of your own with --ca-file',
    })
  }
  const homeDirectory = text('HOME') ?? systemHome()
  const proxyVariable = PROXY_VARIABLES.find((name) => text(name) !== undefined) ?? 'HTTPS_PROXY'
  const metadataHost =
    text('GCE_METADATA_IP') === undefined ? 'GCE_METADATA_HOST' : 'GCE_METADATA_IP'
  const surroundings = {
    staticToken: parsed('TAILER_PROXY_TOKEN', parseToken),
    tokenFile: parsed('TAILER_PROXY_TOKEN_FILE', parsePath),
    googleApplicationCredentials: parsed('GOOGLE_APPLICATION_CREDENTIALS', parsePath),
    homeDirectory,
    tailerHome: text('TAILER_HOME') ?? join(homeDirectory, '.tailer-home'),
    gcloudHome: text('CLOUDSDK_CONFIG') ?? join(homeDirectory, '.config', 'gcloud'),
    metadataHost: parsed(metadataHost, parseMetadataHost) ?? '169.254.169.254',
    httpsProxy: parsed(proxyVariable, parseProxyUrl),
    proxyVariable,
    noProxy: text('NO_PROXY') ?? text('no_proxy'),
    extraCaFile: text('NODE_EXTRA_CA_CERTS'),
    allowExecutables: text('GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES') === '1',
  }
  return { surroundings, problems }
}

/** A container's user may have no entry in the password file, and so no home. */
function systemHome(): string {
  try {
    return homedir()
  } catch {
    return '/'
  }
}
