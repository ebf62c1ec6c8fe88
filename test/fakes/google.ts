/**
 * Owns Google's token endpoint as a fake that looks at what it gets: assertions by signature,
 * audience and time; refresh tokens; token exchange; and the IAM Credentials API.
 */
import type { KeyObject } from 'node:crypto'
import { decodeJwt, jwtVerify, UnsecuredJWT } from 'jose'
import type { FakeAnswer, FakeRequest } from './serve.js'

const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform'
const refused = (error: string): FakeAnswer => ({ status: 400, body: { error } })

/** An ID token nobody verifies: unsigned, for an hour. */
export function idToken(claims: Record<string, unknown>, ends = '1h'): string {
  return new UnsecuredJWT(claims).setIssuedAt().setExpirationTime(ends).encode() + 'c2ln'
}

export interface GoogleAccount {
  readonly email: string
  readonly publicKey: KeyObject
}

/** RFC 7523: what a service account's assertion must be. */
export async function answerAssertion(
  { form }: FakeRequest,
  { email, publicKey }: GoogleAccount,
): Promise<FakeAnswer> {
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
    return refused('unsupported_grant_type')
  }
  try {
    const { payload } = await jwtVerify(form.get('assertion') ?? '', publicKey, {
      algorithms: ['RS256'],
      audience: 'https://oauth2.googleapis.com/token',
      issuer: email,
      maxTokenAge: '1h',
      requiredClaims: ['iat', 'exp'],
    })
    const { target_audience: audience, scope, iat = 0, exp = 0 } = payload
    if (exp - iat > 3600) return refused('invalid_grant')
    if (typeof audience === 'string')
      return { body: { id_token: idToken({ aud: audience, email }) } }
    if (scope !== CLOUD_PLATFORM) return refused('invalid_scope')
    return { body: { access_token: 'ya29.account', expires_in: 3600, token_type: 'Bearer' } }
  } catch {
    return refused('invalid_grant')
  }
}

/** A person's refresh token. */
export function answerRefresh({ form }: FakeRequest): FakeAnswer {
  const given = ['client_id', 'client_secret', 'grant_type', 'refresh_token'].map((n) =>
    form.get(n),
  )
  if (given.join() !== 'id,secret,refresh_token,1//refresh') return refused('invalid_grant')
  const id = idToken({ aud: form.get('target_audience') ?? 'id' })
  return { body: { access_token: 'ya29.user', expires_in: 3599, id_token: id } }
}

/** RFC 8693: a subject token of another system. */
export function answerExchange({ form }: FakeRequest): FakeAnswer {
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:token-exchange') {
    return refused('unsupported_grant_type')
  }
  if (form.get('requested_token_type') !== 'urn:ietf:params:oauth:token-type:access_token') {
    return refused('invalid_request')
  }
  if (form.get('scope') !== CLOUD_PLATFORM) return refused('invalid_scope')
  if (form.get('subject_token') !== 'subject' || !form.get('audience')?.startsWith('//iam.')) {
    return { status: 400, body: { error: 'invalid_grant' } }
  }
  return { body: { access_token: 'ya29.federated', expires_in: 3600, token_type: 'Bearer' } }
}

/** https://cloud.google.com/iam/docs/reference/credentials/rest */
export function answerIam({ url, headers, body }: FakeRequest): FakeAnswer {
  const { pathname } = url
  const method = /^\/v1\/projects\/-\/serviceAccounts\/robot%40p\.test:(\w+)$/.exec(pathname)?.[1]
  if (!headers.authorization?.startsWith('Bearer ya29.')) {
    return { status: 401, body: { error: { code: 401, status: 'UNAUTHENTICATED' } } }
  }
  const asked = JSON.parse(body) as { audience?: string }
  if (method === 'generateIdToken' && asked.audience !== undefined) {
    return { body: { token: idToken({ aud: asked.audience, email: 'robot@p.test' }) } }
  }
  if (method === 'generateAccessToken') {
    const expireTime = new Date(Date.now() + 3_600_000).toISOString()
    return { body: { accessToken: 'ya29.robot', expireTime } }
  }
  return { status: 403, body: { error: { code: 403, status: 'PERMISSION_DENIED' } } }
}

export function audienceOf(token: string): unknown {
  return decodeJwt(token).aud
}
