/** Owns tokens for tests: right by default, and wrong in one chosen way. */
import { createPrivateKey } from 'node:crypto'
import { SignJWT, type JWTHeaderParameters, type JWTPayload } from 'jose'
import type { ServiceAccountKeyFile } from '../../src/demo/create-service-account.js'

export interface TokenOptions {
  audience: string
  /** Seconds since the epoch; the token is good for an hour from then. */
  issuedAt?: number
  header?: { alg?: string; kid?: string | undefined }
  claims?: JWTPayload
}

/** What google-jwt-generator.py makes of a key file. */
export function signToken(keyFile: ServiceAccountKeyFile, options: TokenOptions): Promise<string> {
  const { audience, issuedAt = Math.floor(Date.now() / 1000), claims } = options
  const email = keyFile.client_email
  const header = { alg: 'RS256', typ: 'JWT', kid: keyFile.private_key_id, ...options.header }
  return new SignJWT({
    iss: email,
    sub: email,
    email,
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + 3600,
    ...claims,
  })
    .setProtectedHeader(header as JWTHeaderParameters)
    .sign(createPrivateKey(keyFile.private_key))
}
