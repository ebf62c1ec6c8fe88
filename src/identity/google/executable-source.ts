import { MintError } from '../../token/token-source.js'
import type { Executable } from './check-credential-source.js'
import { parseJsonObject } from '../file/parse-json-object.js'
import { redact } from '../command/redact.js'
import { runCommand } from '../command/run-command.js'

export interface SubjectAsked {
  readonly audience: string
  readonly subjectTokenType: string
  /** E-mail of the service account to impersonate with it. */
  readonly impersonates: string | undefined
}

const NAME = 'the program of credential_source'
const HINT = 'run it by hand; see https://google.aip.dev/auth/4117'

/**
 * The subject token printed by a program (AIP-4117). The library's own implementation crashes the
 * process if the program cannot be started, and limits neither its time nor its output.
 * @throws {MintError}
 */
export async function runExecutable(
  { command, outputFile }: Executable,
  { audience, subjectTokenType, impersonates }: SubjectAsked,
  signal: AbortSignal,
): Promise<string> {
  const environment = {
    GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE: audience,
    GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE: subjectTokenType,
    GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE: '0',
    GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE: outputFile,
    GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL: impersonates,
  }
  const answer = parseJsonObject(
    await runCommand(command, { name: NAME, hint: HINT, signal, environment }),
  )
  if (answer === undefined) {
    throw new MintError(`${NAME} printed something other than JSON`, { hint: HINT })
  }
  if (answer['success'] !== true) {
    const { message } = answer
    const said = typeof message === 'string' ? `: ${redact(message)}` : ''
    throw new MintError(`${NAME} reports a failure${said}`, { hint: HINT })
  }
  const { version, token_type: type, expiration_time: endsAt } = answer
  const isSaml = type === 'urn:ietf:params:oauth:token-type:saml2'
  const value = isSaml ? answer['saml_response'] : answer['id_token']
  if (version !== 1 || typeof value !== 'string' || value === '') {
    throw new MintError(`${NAME} printed no token`, { hint: HINT })
  }
  if (typeof endsAt === 'number' && endsAt * 1000 <= Date.now()) {
    throw new MintError(`${NAME} printed an expired token`, { hint: HINT })
  }
  return value
}
