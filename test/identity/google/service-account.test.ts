import { jwtVerify } from 'jose'
import t from 'tap'
import { createServiceAccount } from '../../../src/demo/create-service-account.js'
import { answerAssertion, audienceOf } from '../../fakes/google.js'
import { serve } from '../../fakes/serve.js'
import { fileOf, identityOf, mint, mintFailure } from '../mint.js'

const { keyFile, publicKey } = await createServiceAccount()
const email = keyFile.client_email

t.test('a key signs what google-jwt-generator.py does', async (t) => {
  const token = await mint(
    identityOf(['--credentials', fileOf(t, keyFile), '--audience', 'https://api.test']),
  )
  const { payload, protectedHeader } = await jwtVerify(token.reveal(), publicKey)
  t.same(protectedHeader, { alg: 'RS256', typ: 'JWT', kid: keyFile.private_key_id })
  const iat = payload.iat!
  t.same(payload, { iss: email, sub: email, email, aud: 'https://api.test', iat, exp: iat + 3600 })
})

t.test('Google gives ID and access tokens for a right assertion', async (t) => {
  const google = await serve(t, (request) => answerAssertion(request, { email, publicKey }))
  const argv = ['--credentials', fileOf(t, keyFile), '--google-token-url', `${google.origin}/token`]
  const id = identityOf([...argv, '--token-type', 'id-token', '--audience', 'https://api.test'])
  t.match(id, { kind: 'service-account', email })
  t.equal(audienceOf((await mint(id)).reveal()), 'https://api.test')
  const access = await mint(identityOf([...argv, '--token-type', 'access-token']))
  t.equal(access.reveal(), 'ya29.account')
  t.ok(Math.abs(access.expiresAtMs - Date.now() - 3_600_000) < 5_000)
  t.equal(google.requests[0]?.url.pathname, '/token')
})

t.test('each mint asks anew, once, whatever the response', async (t) => {
  const answers = [503, 429, 500, 302, 400]
  const google = await serve(t, () => ({
    status: answers.shift() ?? 500,
    headers: { 'retry-after': '7', location: '/elsewhere' },
    body: { error: 'invalid_grant', error_description: 'SECRET' },
  }))
  const path = fileOf(t, keyFile)
  const argv = ['--credentials', path, '--google-token-url', google.origin]
  for (const type of ['id-token', 'access-token', 'id-token', 'access-token', 'id-token']) {
    const asked = google.requests.length
    const error = await mintFailure(identityOf([...argv, '--token-type', type]))
    t.equal(google.requests.length, asked + 1, 'one try')
    t.match(error.message, /^127\.0\.0\.1:\d+ answered \d+ \(invalid_grant\)$/)
    t.match(error, { retryAfterMs: 7_000, permanent: false, hint: /revoked|clock/ })
    t.equal(error.cause, undefined, 'nothing of the response is passed on')
  }
})

t.test('an endpoint that is down or talks nonsense is no reason to end', async (t) => {
  const google = await serve(t, () => ({ body: 'no JSON' }))
  const argv = ['--credentials', fileOf(t, keyFile), '--token-type', 'id-token']
  const nonsense = identityOf([...argv, '--google-token-url', google.origin])
  t.match(await mintFailure(nonsense), { permanent: false })
  google.server.close()
  google.server.closeAllConnections()
  t.match(await mintFailure(nonsense), {
    message: /cannot be reached: connection refused \(ECONNREFUSED\)$/,
  })
})
