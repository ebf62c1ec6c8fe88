/** Owns Google Cloud's metadata server as a fake, with the header rules of the real one. */
import { idToken } from './google.js'
import type { FakeAnswer, FakeRequest } from './serve.js'

const ACCOUNT = '/computeMetadata/v1/instance/service-accounts/default'
const FLAVOR = { 'metadata-flavor': 'Google' }

export function answerMetadata({ method, url, headers }: FakeRequest): FakeAnswer {
  if (headers['metadata-flavor'] !== 'Google' || headers['x-forwarded-for'] !== undefined) {
    return { status: 403, headers: FLAVOR, body: 'Missing Metadata-Flavor:Google header.' }
  }
  if (method === 'GET' && url.pathname === `${ACCOUNT}/token`) {
    return { headers: FLAVOR, body: { access_token: 'ya29.machine', expires_in: 1800 } }
  }
  const audience = url.searchParams.get('audience')
  if (method === 'GET' && url.pathname === `${ACCOUNT}/identity` && audience !== null) {
    // Only the full form tells whose it is.
    const isFull = url.searchParams.get('format') === 'full'
    const claims = { aud: audience, ...(isFull && { email: 'machine@p.test' }) }
    return { headers: FLAVOR, body: `${idToken(claims)}\n` }
  }
  return { status: 404, headers: FLAVOR, body: 'not found' }
}
