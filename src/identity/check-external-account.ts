/**
 * Owns what an `external_account` file may name. It is a program of sorts, often handed from one
 * person to another: it says where to send tokens and what to start. See
 * https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
 */
import { isLoopback } from '../settings/values/is-loopback.js'
import { credentialError } from './credential-error.js'
import type { CredentialFile } from './parse-credential-file.js'

export interface ExternalAccount {
  readonly tokenUrl: string
  readonly audience: string
  readonly subjectTokenType: string
  /** E-mail of the service account that the file has impersonated. */
  readonly impersonates: string | undefined
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
  readonly userProject: string | undefined
}

/** Global, regional, mTLS and private hosts of a service, as Google's libraries know them. */
const hostsOf = (service: string): RegExp =>
  new RegExp(
    `^(?:[a-z0-9-]+\\.)?${service}(?:\\.mtls|\\.[a-z0-9-]+(?:\\.rep)?)?\\.googleapis\\.com$` +
      `|^[a-z0-9-]+-${service}\\.googleapis\\.com$|^${service}-[a-z0-9-]+\\.p\\.googleapis\\.com$`,
  )
const STS = hostsOf('sts')
const IAM_CREDENTIALS = hostsOf('iamcredentials')
const IMPERSONATION_PATH =
  /^\/v1\/projects\/-\/serviceAccounts\/([^/:@\s]+@[^/:@\s]+):generateAccessToken$/
/** Where clouds tell an instance who it is. */
const INSTANCE_HOSTS = ['169.254.169.254', '[fd00:ec2::254]', 'metadata.google.internal']

const HINT = 'make the file again with `gcloud iam workload-identity-pools create-cred-config`'

/** @throws {FatalError} with exit code 3 */
export function checkExternalAccount(
  file: CredentialFile,
  path: string,
  allowExecutables: boolean,
): ExternalAccount {
  const fail = (what: string, hint = HINT): never => {
    throw credentialError(`external_account credentials: ${what}`, path, hint)
  }
  const optional = (name: string): string | undefined => {
    const value = file[name]
    if (value === undefined || typeof value === 'string') return value
    return fail(`${name} is not a text`)
  }
  const required = (name: string): string => optional(name) || fail(`${name} is missing`)

  const tokenUrl = required('token_url')
  if (!isHttpsOn(tokenUrl, STS)) fail('token_url is not an https URL of Google')
  const infoUrl = optional('token_info_url')
  if (infoUrl !== undefined && !isHttpsOn(infoUrl, STS)) {
    fail('token_info_url is not an https URL of Google')
  }
  const impersonationUrl = optional('service_account_impersonation_url')
  if (impersonationUrl !== undefined && !isHttpsOn(impersonationUrl, IAM_CREDENTIALS)) {
    fail('service_account_impersonation_url is not an https URL of Google')
  }
  if ((optional('universe_domain') ?? 'googleapis.com') !== 'googleapis.com') {
    fail('universe_domain is another than googleapis.com')
  }
  const fault = faultOfSource(file['credential_source'])
  if (fault !== undefined) fail(fault)
  if (has(file['credential_source'], 'executable') && !allowExecutables) {
    fail(
      'credential_source names a program to start',
      'if you trust the file, set GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1',
    )
  }
  return {
    tokenUrl,
    audience: required('audience'),
    subjectTokenType: required('subject_token_type'),
    impersonates:
      impersonationUrl && (emailOf(impersonationUrl) ?? fail('no e-mail to impersonate')),
    clientId: optional('client_id'),
    clientSecret: optional('client_secret'),
    userProject: optional('workforce_pool_user_project'),
  }
}

/** The library reads the names of an object in snake case or camel case: none slips by. */
function has(source: unknown, name: string): boolean {
  return typeof source === 'object' && source !== null && name in source
}

const SOURCE_KEYS: ReadonlySet<string> = new Set([
  ...['file', 'url', 'headers', 'format', 'executable'],
  ...['environment_id', 'region_url', 'regional_cred_verification_url', 'imdsv2_session_token_url'],
])

function faultOfSource(source: unknown): string | undefined {
  if (typeof source !== 'object' || source === null) return 'credential_source is missing'
  const entries = Object.entries(source)
  const stranger = entries.find(([key]) => !SOURCE_KEYS.has(key))
  if (stranger !== undefined)
    return `credential_source holds a kind of source that is not supported`
  const isAws = has(source, 'environment_id')
  for (const [key, value] of entries) {
    if (!/url$/.test(key)) continue
    const url =
      typeof value === 'string' ? parse(value.replaceAll('{region}', 'region')) : undefined
    if (url === undefined) return `credential_source.${key} is no URL`
    const isInstance = INSTANCE_HOSTS.includes(url.hostname)
    const isAmazon =
      url.protocol === 'https:' && /^sts\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(url.hostname)
    if (key === 'regional_cred_verification_url' ? !isAmazon : isAws && !isInstance) {
      return `credential_source.${key} is no URL of AWS`
    }
    const isLocal = isInstance || isLoopback(url.hostname.replace(/^\[|\]$/g, ''))
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) {
      return `credential_source.${key} is not an https URL`
    }
  }
  return undefined
}

function isHttpsOn(text: string, hosts: RegExp): boolean {
  const url = parse(text)
  if (url === undefined || url.protocol !== 'https:' || url.port !== '') return false
  return url.username === '' && url.password === '' && url.search === '' && hosts.test(url.hostname)
}

function parse(text: string): URL | undefined {
  return /[\s\\]/.test(text) || !URL.canParse(text) ? undefined : new URL(text)
}

function emailOf(url: string): string | undefined {
  return IMPERSONATION_PATH.exec(new URL(url).pathname)?.[1]
}
