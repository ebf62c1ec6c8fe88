import type { Settings } from '../../settings/table.js'
import { MintError } from '../../token/token-source.js'
import { checkExternalAccount, type ExternalAccount } from './check-external-account.js'
import { runExecutable } from './executable-source.js'
import { CLOUD_PLATFORM, type GoogleCredential } from './google-credential.js'
import { impersonate } from './impersonation.js'
import type { CredentialFile } from '../file/parse-credential-file.js'
import { toToken } from '../to-token.js'
import type { TokenTransport } from '../endpoint/token-transport.js'

/** Google's own URL; a different one in the settings is used for every OAuth call, this one too. */
const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token'

/**
 * Workload identity federation: a token from another cloud or CI system, exchanged at Google's
 * Security Token Service (RFC 8693). The file says what to contact and start, so all of it is
 * checked before anything happens.
 * @throws {FatalError} with exit code 3
 */
export function readExternalAccount(
  file: CredentialFile,
  path: string,
  settings: Pick<Settings, 'allowExecutables' | 'googleTokenUrl'>,
): GoogleCredential {
  const account = checkExternalAccount(file, path, settings.allowExecutables)
  const { googleTokenUrl } = settings
  const url = googleTokenUrl === GOOGLE_TOKEN_URL ? account.tokenUrl : googleTokenUrl
  const federated: GoogleCredential = {
    email: undefined,
    async accessToken(transport) {
      const subjectToken = await readSubjectToken(account, transport)
      const answer = await transport.call({
        url,
        headers: authorization(account),
        form: {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          audience: account.audience,
          scope: CLOUD_PLATFORM,
          subject_token: subjectToken,
          subject_token_type: account.subjectTokenType,
          ...(account.userProject !== undefined && {
            options: JSON.stringify({ userProject: account.userProject }),
          }),
        },
      })
      return toToken(answer['access_token'], 'Google', answer['expires_in'])
    },
  }
  return account.impersonates === undefined
    ? federated
    : impersonate(federated, account.impersonates)
}

/** Reads it from the file, URL or AWS instance that the credentials name, or from a program. */
async function readSubjectToken(account: ExternalAccount, transporter: TokenTransport) {
  const { source, audience, subjectTokenType, tokenUrl } = account
  if (source.kind === 'executable') {
    return runExecutable(source.executable, account, transporter.signal)
  }
  // Only what was checked: the library accepts other spellings of these names too.
  const options = {
    type: 'external_account',
    audience,
    subject_token_type: subjectTokenType,
    token_url: tokenUrl,
    credential_source: source.options,
    transporter,
    useAuthRequestParameters: false,
  }
  const { ExternalAccountClient } =
    await import('google-auth-library/build/src/auth/externalclient.js')
  try {
    const client = ExternalAccountClient.fromJSON(options)
    const token = (await client?.retrieveSubjectToken())?.trim()
    if (token) return token
  } catch (error) {
    if (error instanceof MintError) throw error
    // Its message may quote the file's content.
  }
  throw new MintError('the credential source gave no subject token', {
    hint: 'check credential_source in the credentials file',
  })
}

function authorization({ clientId, clientSecret }: ExternalAccount): Record<string, string> {
  if (clientId === undefined) return {}
  const basic = Buffer.from(`${clientId}:${clientSecret ?? ''}`).toString('base64')
  return { authorization: `Basic ${basic}` }
}
