import { readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import t from 'tap'
import { LOGIN, rotating } from '../fakes/firebase.js'
import { idToken } from '../fakes/google.js'
import { serve } from '../fakes/serve.js'
import { follow } from './follow.js'
import { fileOf, identityOf, loadFailure, mint, mintFailure } from './mint.js'

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

t.test('the SDK may write its file anew, with the refresh token that it knows', async (t) => {
  const firebase = await serve(t, rotating())
  const path = fileOf(t, LOGIN)
  const identity = identityOf(['--credentials', path, '--firebase-token-url', firebase.origin])
  const { next } = follow(t, identity)
  await mint(identity)
  await mint(identity)
  writeFileSync(
    path,
    JSON.stringify({ ...LOGIN, firebase_user: { refreshToken: 'refresh-0', n: 1 } }),
  )
  t.equal(await next(), 'reloaded')
  await mint(identity)
  t.equal(firebase.requests.at(-1)?.form.get('refresh_token'), 'refresh-2')

  // Another login, with a refresh token of its own.
  writeFileSync(path, JSON.stringify({ ...LOGIN, firebase_user: { refreshToken: 'refresh-3' } }))
  t.equal(await next(), 'reloaded')
  await mint(identity)
  t.equal(firebase.requests.at(-1)?.form.get('refresh_token'), 'refresh-3')
})

t.test('a refresh token is kept until another one is given', async (t) => {
  for (const refresh_token of [undefined, null, '', 7]) {
    const body = { id_token: idToken({}), expires_in: '3600', refresh_token }
    const firebase = await serve(t, () => ({ body }))
    const path = fileOf(t, LOGIN)
    const identity = identityOf(['--credentials', path, '--firebase-token-url', firebase.origin])
    await mint(identity)
    await mint(identity)
    const sent = firebase.requests.map(({ form }) => form.get('refresh_token'))
    t.same(sent, ['refresh-0', 'refresh-0'], JSON.stringify(refresh_token))
  }
})

t.test('a response without a token names who gave it', async (t) => {
  const firebase = await serve(t, () => ({ body: { expires_in: '3600' } }))
  const argv = ['--credentials', fileOf(t, LOGIN), '--firebase-token-url', firebase.origin]
  t.equal((await mintFailure(identityOf(argv))).message, 'Firebase gave no token')
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

t.test('an API key that may not be used from here is told as that', async (t) => {
  // As Google answers it, in all its length.
  const details = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'API_KEY_HTTP_REFERRER_BLOCKED',
    },
  ]
  const message = 'Requests from referer <empty> are blocked.'
  const error = { code: 403, message, status: 'PERMISSION_DENIED', details }
  const firebase = await serve(t, () => ({ status: 403, body: { error } }))
  const path = fileOf(t, LOGIN)
  const identity = identityOf(['--credentials', path, '--firebase-token-url', firebase.origin])
  t.match(await mintFailure(identity), {
    message: /answered 403 \(API_KEY_HTTP_REFERRER_BLOCKED\)$/,
    hint: /API key of the login is restricted/,
  })
})

t.test('an incomplete login says what is missing', (t) => {
  for (const missing of ['tailer_firebase_api_key', 'firebase_user'] as const) {
    const rest = { ...LOGIN, [missing]: undefined }
    const error = loadFailure(['--credentials', fileOf(t, rest)])
    t.match(error, { exitCode: 3, hint: /`tailer auth login`/ })
    t.match(error.message, new RegExp(missing))
  }
  t.end()
})
