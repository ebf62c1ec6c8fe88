import { CLOUD_PLATFORM, type GoogleCredential } from './google-credential.js'
import { toToken } from '../to-token.js'
import type { TokenTransport } from '../endpoint/token-transport.js'

const IAM_CREDENTIALS = 'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts'

/**
 * Tokens of another service account, for callers with the role Service Account Token Creator on it.
 * https://cloud.google.com/iam/docs/reference/credentials/rest
 * @param base the caller
 * @param email of the account to impersonate
 */
export function impersonate(base: GoogleCredential, email: string): GoogleCredential {
  const ask = async (transport: TokenTransport, method: string, json: object) => {
    const own = await base.accessToken(transport)
    return transport.call({
      url: `${IAM_CREDENTIALS}/${encodeURIComponent(email)}:${method}`,
      headers: { authorization: own.headerValue },
      json,
    })
  }
  return {
    email,
    async accessToken(transport) {
      const json = { scope: [CLOUD_PLATFORM], lifetime: '3600s' }
      const { accessToken, expireTime } = await ask(transport, 'generateAccessToken', json)
      const lifeMs = Date.parse(String(expireTime)) - Date.now()
      return toToken(accessToken, 'Google', lifeMs / 1000)
    },
    async idToken(transport, audience) {
      const json = { audience, includeEmail: true }
      const { token } = await ask(transport, 'generateIdToken', json)
      return toToken(token, 'Google')
    },
  }
}
