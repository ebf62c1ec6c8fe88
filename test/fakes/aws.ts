/**
 * Owns an AWS instance's metadata service (IMDSv2) as a fake, and the verification of the signed
 * request that stands for a subject token, as Google's exchange and AWS do it (Signature Version 4).
 */
import { createHash, createHmac } from 'node:crypto'
import type { FakeAnswer, FakeRequest } from './serve.js'

export const AWS_KEY = {
  AccessKeyId: 'ASIAEXAMPLE',
  SecretAccessKey: 'aws/secret+key',
  Token: 'aws-session-token',
}
const ROLES = '/latest/meta-data/iam/security-credentials'

export function answerInstance({ method, url, headers }: FakeRequest): FakeAnswer {
  const { pathname } = url
  if (pathname === '/latest/api/token') {
    const ttl = headers['x-aws-ec2-metadata-token-ttl-seconds']
    return method === 'PUT' && ttl !== undefined
      ? { body: 'imds-session' }
      : { status: 400, body: '' }
  }
  if (headers['x-aws-ec2-metadata-token'] !== 'imds-session') return { status: 401, body: '' }
  if (pathname === '/latest/meta-data/placement/availability-zone') return { body: 'eu-west-3b' }
  if (pathname === ROLES) return { body: 'the-role' }
  if (pathname === `${ROLES}/the-role`) return { body: { Code: 'Success', ...AWS_KEY } }
  return { status: 404, body: '' }
}

/** Tells whether a subject token was signed with `AWS_KEY`, for that region and audience, now. */
export function isSignedByAws(subjectToken: string, region: string, audience: string): boolean {
  const { url, method, headers } = JSON.parse(decodeURIComponent(subjectToken)) as {
    url: string
    method: string
    headers: { key: string; value: string }[]
  }
  const fields = new Map(headers.map(({ key, value }) => [key.toLowerCase(), value]))
  const { host, pathname, searchParams } = new URL(url)
  const authorization = fields.get('authorization') ?? ''
  const [, scope, signed = '', signature] =
    /Credential=[^/]+\/(\S+), SignedHeaders=(\S+), Signature=(\S+)$/.exec(authorization) ?? []
  const date = fields.get('x-amz-date') ?? ''
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac('sha256', key).update(text).digest()

  const canonical = [
    method,
    pathname,
    [...searchParams]
      .map((pair) => pair.map(encodeURIComponent).join('='))
      .sort()
      .join('&'),
    ...signed.split(';').map((name) => `${name}:${fields.get(name) ?? ''}`),
    '',
    signed,
    sha256(''),
  ].join('\n')
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const day = hmac(`AWS4${AWS_KEY.SecretAccessKey}`, date.slice(0, 8))
  const key = hmac(hmac(hmac(day, region), 'sts'), 'aws4_request')
  const iso = date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5')
  return (
    host === `sts.${region}.amazonaws.com` &&
    fields.get('host') === host &&
    fields.get('x-amz-security-token') === AWS_KEY.Token &&
    fields.get('x-goog-cloud-target-resource') === audience &&
    Math.abs(Date.parse(iso) - Date.now()) < 60_000 &&
    hmac(key, text).toString('hex') === signature
  )
}
