import t from 'tap'
import { idToken } from '../fakes/google.js'
import { fileOf, identityOf, loadFailure, mint, mintFailure } from './mint.js'

t.test('a token is used as it is given; one that does not tell its end has none', async (t) => {
  for (const environment of [
    { TAILER_PROXY_TOKEN: 'opaque\n' },
    { TAILER_PROXY_TOKEN_FILE: fileOf(t, '\uFEFFopaque\n') },
  ]) {
    const token = await mint(identityOf([], environment))
    t.equal(token.reveal(), 'opaque')
    t.equal(token.expiresAtMs, Infinity)
  }
})

t.test('the end of a JWT is read', async (t) => {
  const token = await mint(identityOf([], { TAILER_PROXY_TOKEN: idToken({}) }))
  const leftMs = token.expiresAtMs - Date.now()
  t.ok(leftMs > 3_590_000 && leftMs <= 3_600_000)
})

t.test('a token that has ended, or is none, cannot work', async (t) => {
  const ended = idToken({}, '-1s')
  t.match(await mintFailure(identityOf([], { TAILER_PROXY_TOKEN: ended })), {
    message: 'TAILER_PROXY_TOKEN holds an expired token',
    permanent: true,
    hint: /fresh token/,
  })
  const cases: [content: string, what: RegExp][] = [
    [ended, /^the token file holds an expired token$/],
    ['two words', /^the token file holds no bearer token$/],
    ['', /^token file is empty$/],
  ]
  for (const [content, message] of cases) {
    const failure = loadFailure([], { TAILER_PROXY_TOKEN_FILE: fileOf(t, content) })
    t.match(failure, { exitCode: 3, message, hint: /./ })
  }
})
