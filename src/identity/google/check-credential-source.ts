/**
 * Owns what the `credential_source` of an `external_account` file may name: files to read, hosts to
 * contact, programs to start.
 */
import { isLoopback } from '../../settings/values/is-loopback.js'
import { isJsonObject, type JsonObject } from '../file/parse-json-object.js'

/** A program to start; see AIP-4117. */
export interface Executable {
  readonly command: readonly [program: string, ...args: string[]]
  /** Where the program may cache its response for other libraries; we run it each time. */
  readonly outputFile: string | undefined
}

export type CredentialSource =
  | { readonly kind: 'executable'; readonly executable: Executable }
  /** A file, a URL or an AWS instance, in the library's form. */
  | { readonly kind: 'library'; readonly options: JsonObject }

/** A source has exactly one of these, but AWS may also have a `url`. */
const KINDS = ['file', 'url', 'environment_id', 'executable'] as const
/** The library accepts other spellings too: reject all of them. */
const KEYS: readonly string[] = [
  ...[...KINDS, 'headers', 'format'],
  ...['region_url', 'regional_cred_verification_url', 'imdsv2_session_token_url'],
]
/** Hosts of the clouds' instance metadata. */
const INSTANCE_HOSTS = ['169.254.169.254', '[fd00:ec2::254]', 'metadata.google.internal']

/** Returns the source, or a text that says what is wrong with it. */
export function checkCredentialSource(source: unknown): CredentialSource | string {
  if (!isJsonObject(source)) return 'credential_source is missing'
  if ('certificate' in source) {
    return 'credential_source is a client certificate (X.509), which is not supported'
  }
  const names = Object.keys(source)
  const isAws = 'environment_id' in source
  const kinds = KINDS.filter((kind) => kind in source && !(isAws && kind === 'url'))
  if (kinds.length !== 1 || names.some((name) => !KEYS.includes(name))) {
    return 'this kind of credential_source is not supported'
  }
  const { file, executable, environment_id: environment } = source
  if (executable !== undefined) {
    const checked = checkExecutable(executable)
    return checked === undefined
      ? 'credential_source.executable.command is missing'
      : { kind: 'executable', executable: checked }
  }
  if (file !== undefined && typeof file !== 'string') return 'credential_source.file is not a path'
  if (isAws && environment !== 'aws1') return 'credential_source.environment_id is not aws1'
  if (isAws && !('regional_cred_verification_url' in source)) {
    return 'credential_source.regional_cred_verification_url is missing'
  }
  for (const name of names.filter((name) => name.endsWith('url'))) {
    const fault = faultOfUrl(name, source[name], isAws)
    if (fault !== undefined) return `credential_source.${name} ${fault}`
  }
  return { kind: 'library', options: source }
}

function faultOfUrl(name: string, value: unknown, isAws: boolean): string | undefined {
  const text = typeof value === 'string' ? value.replaceAll('{region}', 'region') : ''
  const url = /[\s\\]/.test(text) || !URL.canParse(text) ? undefined : new URL(text)
  if (url === undefined) return 'is not a URL'
  const { protocol, hostname } = url
  const isInstance = INSTANCE_HOSTS.includes(hostname)
  if (name === 'regional_cred_verification_url') {
    const isAmazon = /^sts\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(hostname)
    return isAmazon && protocol === 'https:' ? undefined : 'is not a URL of AWS'
  }
  if (isAws && !isInstance) return 'is not a URL of AWS'
  const isLocal = isInstance || isLoopback(hostname.replace(/^\[|\]$/g, ''))
  return protocol === 'https:' || (protocol === 'http:' && isLocal) ? undefined : 'is not https'
}

/** Splits the command at spaces, except within double quotes: there is no shell. */
function checkExecutable(value: unknown): Executable | undefined {
  if (!isJsonObject(value)) return undefined
  const { command, output_file: outputFile } = value
  if (typeof command !== 'string' || command.includes('\0')) return undefined
  const words = command.match(/(?:[^\s"]|"[^"]*")+/g) ?? []
  const [program, ...args] = words.map((word) => word.replace(/^"(.*)"$/s, '$1'))
  if (!program) return undefined
  return {
    command: [program, ...args],
    outputFile: typeof outputFile === 'string' ? outputFile : undefined,
  }
}
