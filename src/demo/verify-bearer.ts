/**
 * Owns deciding whether a call is authorised: by an unexpired JWT for this audience, signed by the
 * one service account. It stands in for Google's front end.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { errors, jwtVerify, type JWTHeaderParameters } from 'jose'
import type { ServiceAccount } from './create-service-account.js'

/** `reason` is for debugging the caller; it is a code and quotes nothing of the token. */
export type BearerVerdict = { ok: true } | { ok: false; reason: string }

export interface BearerVerifierOptions {
  serviceAccount: ServiceAccount
  /** The `aud` that a token must have. */
  audience: string
  /** The clock, in milliseconds since the epoch. `exp` is checked without tolerance. */
  now: () => number
}

export type BearerVerifier = (headers: IncomingHttpHeaders) => Promise<BearerVerdict>

/** The b64token of RFC 6750 §2.1. */
const BEARER = /^Bearer +([\w.~+/-]+=*)$/i

/** Creates the function that checks a request's headers. It never throws. */
export function createBearerVerifier(options: BearerVerifierOptions): BearerVerifier {
  const { serviceAccount, audience, now } = options
  const { client_email: email, private_key_id: keyId } = serviceAccount.keyFile

  const findKey = ({ kid }: JWTHeaderParameters) => {
    if (kid !== keyId) throw new errors.JWKSNoMatchingKey()
    return serviceAccount.publicKey
  }

  return async (headers) => {
    // On Cloud Run, if both are given, `authorization` belongs to the application.
    const header = headers['x-serverless-authorization'] ?? headers.authorization
    if (header === undefined) return { ok: false, reason: 'no bearer' }
    const token = BEARER.exec(String(header))?.[1]
    if (token === undefined) return { ok: false, reason: 'malformed bearer' }
    try {
      const { payload } = await jwtVerify(token, findKey, {
        algorithms: ['RS256'],
        issuer: email,
        subject: email,
        audience,
        requiredClaims: ['iat', 'exp'],
        clockTolerance: 0,
        currentDate: new Date(now()),
      })
      return payload['email'] === email ? { ok: true } : { ok: false, reason: 'wrong email' }
    } catch (error) {
      return { ok: false, reason: error instanceof errors.JOSEError ? error.code : 'unverifiable' }
    }
  }
}
