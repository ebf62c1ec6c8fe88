import type { IncomingHttpHeaders } from 'node:http'
import { SignJWT, UnsecuredJWT } from 'jose'
import t from 'tap'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { createBearerVerifier } from '../../src/demo/verify-bearer.js'
import { signToken, type TokenOptions } from './sign-token.js'

const AUDIENCE = 'https://api.example'
const ISSUED_AT = 1_800_000_000
const serviceAccount = await createServiceAccount()
const { keyFile, publicKey } = serviceAccount

let time = ISSUED_AT * 1000
const verify = createBearerVerifier({ serviceAccount, audience: AUDIENCE, now: () => time })
t.beforeEach(() => {
  time = ISSUED_AT * 1000
})

const sign = (options?: Partial<TokenOptions>) =>
  signToken(keyFile, { audience: AUDIENCE, issuedAt: ISSUED_AT, ...options })
const isAccepted = async (headers: IncomingHttpHeaders) => (await verify(headers)).ok
const isTokenAccepted = (token: string) => isAccepted({ authorization: `Bearer ${token}` })

t.test('a token made as google-jwt-generator.py makes it is accepted', async (t) => {
  t.same(await verify({ authorization: `Bearer ${await sign()}` }), { ok: true })
  t.ok(await isAccepted({ authorization: `bearer  ${await sign()}` }), 'whatever its case')
})

t.test('a token ends with the second of its exp', async (t) => {
  const authorization = `Bearer ${await sign()}`
  time = (ISSUED_AT + 3600) * 1000 - 1
  t.ok(await isAccepted({ authorization }))
  time += 1
  t.same(await verify({ authorization }), { ok: false, reason: 'ERR_JWT_EXPIRED' })
})

t.test('a token that lacks a claim, or has a wrong one, is refused', async (t) => {
  const wrong = { aud: 'https://other.example', iss: 'a@b', sub: 'a@b', email: 'a@b' }
  for (const [claim, value] of Object.entries(wrong)) {
    t.notOk(await isTokenAccepted(await sign({ claims: { [claim]: value } })), `wrong ${claim}`)
  }
  for (const claim of ['aud', 'iss', 'sub', 'email', 'iat', 'exp']) {
    t.notOk(await isTokenAccepted(await sign({ claims: { [claim]: undefined } })), `no ${claim}`)
  }
})

t.test('a token of another key is refused', async (t) => {
  const stranger = await createServiceAccount()
  const options = { audience: AUDIENCE, issuedAt: ISSUED_AT }
  const signedByStranger = await signToken(
    { ...stranger.keyFile, private_key_id: keyFile.private_key_id },
    options,
  )
  t.notOk(await isTokenAccepted(signedByStranger), 'wrong signature')
  t.notOk(await isTokenAccepted(await sign({ header: { kid: 'another' } })), 'wrong kid')
  t.notOk(await isTokenAccepted(await sign({ header: { kid: undefined } })), 'no kid')
})

t.test('no algorithm but RS256 is accepted', async (t) => {
  const email = keyFile.client_email
  const claims = { iss: email, sub: email, email, aud: AUDIENCE, iat: ISSUED_AT }
  const exp = ISSUED_AT + 3600
  t.notOk(await isTokenAccepted(new UnsecuredJWT({ ...claims, exp }).encode()), 'none')

  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const confused = await new SignJWT({ ...claims, exp })
    .setProtectedHeader({ alg: 'HS256', kid: keyFile.private_key_id })
    .sign(new TextEncoder().encode(publicPem))
  t.notOk(await isTokenAccepted(confused), 'HS256 with the public key as its secret')

  t.notOk(await isTokenAccepted(await sign({ header: { alg: 'PS256' } })), 'PS256')
})

t.test('a tampered token is refused', async (t) => {
  const [header = '', payload = '', signature = ''] = (await sign()).split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
  const later = Buffer.from(JSON.stringify({ ...claims, exp: 9_999_999_999 })).toString('base64url')
  t.notOk(await isTokenAccepted(`${header}.${later}.${signature}`))
  t.notOk(await isTokenAccepted(`${header}.${payload}.`))
  t.notOk(await isTokenAccepted(`${header}.${payload}`))
})

t.test('what is no bearer token is refused, with the reason', async (t) => {
  t.same(await verify({}), { ok: false, reason: 'no bearer' })
  const token = await sign()
  for (const authorization of ['', token, `Basic ${token}`, 'Bearer', `Bearer ${token}, x`]) {
    t.same(await verify({ authorization }), { ok: false, reason: 'malformed bearer' })
  }
  t.notOk(await isTokenAccepted('x'))
})

t.test('x-serverless-authorization wins over authorization, as on Cloud Run', async (t) => {
  const good = `Bearer ${await sign()}`
  const accepted = (serverless: string, authorization: string) =>
    isAccepted({ 'x-serverless-authorization': serverless, authorization })
  t.ok(await accepted(good, 'Basic theirs'))
  t.notOk(await accepted('Bearer bad', good))
})
