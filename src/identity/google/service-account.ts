import type { TokenSource } from '../../token/token-source.js'
import { CLOUD_PLATFORM, type GoogleCredential } from './google-credential.js'
import type { ServiceAccountKey } from './service-account-key.js'
import { toToken } from '../to-token.js'

/**
 * Self-signed JWTs of a service account, like those of google-jwt-generator.py: header `alg` RS256,
 * `typ`, `kid`; claims `iss` = `sub` = `email`, `aud`, `iat`, `exp` = `iat` + 3600. No call to
 * Google is made.
 * @param audience `aud`: the origin of the API
 */
export function createSelfSignedSource(key: ServiceAccountKey, audience: string): TokenSource {
  return {
    async mint() {
      const { JWTAccess } = await import('google-auth-library/build/src/auth/jwtaccess.js')
      // A new signer each time: the library would return a token from its cache.
      const signer = new JWTAccess(key.email, key.privateKey, key.keyId)
      const headers = signer.getRequestHeaders(audience, { email: key.email })
      return toToken(headers.get('authorization')?.slice('Bearer '.length), 'the key')
    },
  }
}

/** Tokens that Google issues for an assertion signed with the account's key (RFC 7523). */
export function createServiceAccountCredential(key: ServiceAccountKey): GoogleCredential {
  const options = {
    email: key.email,
    key: key.privateKey,
    keyId: key.keyId,
    useAuthRequestParameters: false, // they log requests and responses
  }
  return {
    email: key.email,
    async accessToken(transporter) {
      const JWT = await loadClient()
      const client = new JWT({ ...options, transporter, scopes: [CLOUD_PLATFORM] })
      const { access_token: value, expiry_date: endsAtMs } = await client.authorize()
      return toToken(value, 'Google', ((endsAtMs ?? 0) - Date.now()) / 1000)
    },
    async idToken(transporter, audience) {
      const JWT = await loadClient()
      const client = new JWT({ ...options, transporter })
      return toToken(await client.fetchIdToken(audience), 'Google')
    },
  }
}

async function loadClient() {
  const { JWT } = await import('google-auth-library/build/src/auth/jwtclient.js')
  return JWT
}
