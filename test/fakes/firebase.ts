/** Owns Google's Secure Token service as a fake that gives each refresh token but once. */
import { idToken } from './google.js'
import type { FakeAnswer, FakeRequest } from './serve.js'

export const API_KEY = 'AIza/key'

/** What `tailer auth login` leaves; its refresh token is the first that the fake knows. */
export const LOGIN = {
  user_email: 'a@b.test',
  tailer_firebase_api_key: API_KEY,
  firebase_user: { idToken: 'old', refreshToken: 'refresh-0' },
}

export function rotating(): (request: FakeRequest) => FakeAnswer {
  let count = 0
  return ({ url, form, headers }) => {
    if (url.searchParams.get('key') !== API_KEY) {
      return { status: 400, body: { error: { code: 400, message: 'API_KEY_INVALID' } } }
    }
    const isRight =
      headers['content-type']?.startsWith('application/x-www-form-urlencoded') &&
      form.get('grant_type') === 'refresh_token' &&
      form.get('refresh_token') === `refresh-${count}`
    if (!isRight) return { status: 400, body: { error: { code: 400, message: 'TOKEN_EXPIRED' } } }
    count++
    const token = idToken({ user_id: 'u' })
    return { body: { id_token: token, refresh_token: `refresh-${count}`, expires_in: '3600' } }
  }
}
