/**
 * Owns what an `external_account` file may name. It is almost a program, often passed from one
 * person to another: it says where to send tokens and what to start. See
 * https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
 */
import { checkCredentialSource, type CredentialSource } from './check-credential-source.js'
import { credentialError } from '../credential-error.js'
import type { CredentialFile } from '../file/parse-credential-file.js'

export interface ExternalAccount {
  readonly tokenUrl: string
  readonly audience: string
  readonly subjectTokenType: string
  /** E-mail of the service account that the file says to impersonate. */
  readonly impersonates: string | undefined
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
  readonly userProject: string | undefined
  readonly source: CredentialSource
}

/** The global, regional, mTLS and private hosts of a service, as Google's libraries know them. */
const hostsOf = (service: string): RegExp =>
  new RegExp(
    `^(?:[a-z0-9-]+\\.)?${service}(?:\\.mtls|\\.[a-z0-9-]+(?:\\.rep)?)?\\.googleapis\\.com$` +
      `|^[a-z0-9-]+-${service}\\.googleapis\\.com$|^${service}-[a-z0-9-]+\\.p\\.googleapis\\.com$`,
  )
const STS = hostsOf('sts')
const IAM_CREDENTIALS = hostsOf('iamcredentials')
const IMPERSONATION_PATH =
  /^\/v1\/projects\/-\/serviceAccounts\/([^/:@\s]+@[^/:@\s]+):generateAccessToken$/

const HINT = 'create the file again with `gcloud iam workload-identity-pools create-cred-config`'
const SOURCE_HINT = `${HINT}: from a file, a URL, AWS or a program`

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
    return fail(`${name} is not text`)
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
    fail('universe_domain is not googleapis.com')
  }
  const source = checkCredentialSource(file['credential_source'])
  if (typeof source === 'string') return fail(source, SOURCE_HINT)
  if (source.kind === 'executable' && !allowExecutables) {
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
    source,
  }
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
