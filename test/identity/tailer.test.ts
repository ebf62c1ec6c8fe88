import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import t from 'tap'
import { idToken } from '../fakes/google.js'
import { type FakeAnswer, type FakeRequest, serve } from '../fakes/serve.js'
import { fileOf, identityOf, loadFailure, mint, mintFailure } from './mint.js'

const LOGIN = {
  user_email: 'a@b.test',
  tailer_firebase_api_key: 'AIza/key',
  firebase_user: { idToken: 'old', refreshToken: 'refresh-0' },
}

/** Secure Token service that gives each refresh token but once. */
function rotating(): (request: FakeRequest) => FakeAnswer {
  let count = 0
  return ({ url, form, headers }) => {
    const isRight =
      url.searchParams.get('key') === 'AIza/key' &&
      headers['content-type']?.startsWith('application/x-www-form-urlencoded') &&
      form.get('grant_type') === 'refresh_token' &&
      form.get('refresh_token') === `refresh-${count}`
    if (!isRight) return { status: 400, body: { error: { code: 400, message: 'TOKEN_EXPIRED' } } }
    count++
    const token = idToken({ user_id: 'u' })
    return { body: { id_token: token, refresh_token: `refresh-${count}`, expires_in: '3600' } }
  }
}

t.test('a tailer login mints Firebase ID tokens, and keeps a rotated refresh token', async (t) => {
  const firebase = await serve(t, rotating())
  const path = fileOf(t, LOGIN)
  const before = readFileSync(path)
  const identity = identityOf(['--credentials', path, '--firebase-token-url', firebase.origin])
  t.match(identity, { kind: 'tailer', email: 'a@b.test', origin: path })
  for (let n = 0; n < 3; n++) {
    t.ok((await mint(identity)).expiresAtMs > Date.now() + 3_500_000)
  }
  t.equal(firebase.requests.length, 3)
  t.same(readFileSync(path), before, 'the file is only read')
})

t.test('the file is found in TAILER_HOME, and its older names are known', async (t) => {
  const firebase = await serve(t, rotating())
  const { tailer_firebase_api_key: key, ...rest } = LOGIN
  const path = fileOf(t, { ...rest, jarvis_firebase_api_key: key }, 'tailer-configuration.json')
  const identity = identityOf(['--firebase-token-url', firebase.origin], {
    TAILER_HOME: dirname(path),
  })
  t.equal(identity.origin, path)
  await mint(identity)
})

t.test('a dead refresh token names `tailer auth login`, and not the URL', async (t) => {
  const firebase = await serve(t, rotating())
  const path = fileOf(t, { ...LOGIN, firebase_user: { refreshToken: 'dead' } })
  const error = await mintFailure(
    identityOf(['--credentials', path, '--firebase-token-url', firebase.origin]),
  )
  t.match(error.message, /^127\.0\.0\.1:\d+ answered 400 \(TOKEN_EXPIRED\)$/)
  t.match(error.hint, /`tailer auth login`/)
  t.notOk(error.permanent, 'the start goes on')
})

t.test('an incomplete login says what is missing', (t) => {
  for (const missing of ['tailer_firebase_api_key', 'firebase_user'] as const) {
    const rest = { ...LOGIN, [missing]: undefined }
    const error = loadFailure(['--credentials', fileOf(t, rest)])
    t.match(error, { exitCode: 3, hint: /`tailer auth login`/ })
    t.match(error.message, new RegExp(`${missing}.* is missing`))
  }
  t.end()
})
