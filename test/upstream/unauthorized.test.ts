import t, { type Test } from 'tap'
import type { Identity } from '../../src/identity/identity.js'
import { MintError } from '../../src/token/token-source.js'
import { Token } from '../../src/token/token.js'
import { fieldOf, RawClient, request } from './raw-client.js'
import { startStage } from './start.js'

const KIB = 1024

/** A source whose tokens are called token-1, token-2, …; the first one has been held for long. */
function createIdentity(firstAgeMs: number): { identity: Identity; mints: () => number } {
  let minted = 0
  const source = {
    mint: () => {
      minted++
      const age = minted === 1 ? firstAgeMs : 0
      return Promise.resolve(new Token(`token-${minted}`, Date.now() - age, Date.now() + 3_600_000))
    },
  }
  const identity: Identity = { kind: 'static', email: undefined, origin: 'this test', source }
  return { identity, mints: () => minted }
}

/** An upstream that takes no token but `good`. */
async function start(t: Test, good: string, firstAgeMs = 20_000, flags: string[] = []) {
  const { identity, mints } = createIdentity(firstAgeMs)
  const stage = await startStage(t, {
    identity,
    flags,
    onRequest: (stream) => {
      const isGood = stream.field('authorization') === `Bearer ${good}`
      void stream.ended.then(() => stream.answer(isGood ? 200 : 401, isGood ? 'fine' : 'who?'))
    },
  })
  return { ...stage, mints }
}

t.test('a 401 leads to a new token, minted once for all', async (t) => {
  const { listening, server, mints } = await start(t, 'token-2')
  const sizes = [0, 10, 10 * KIB, 40 * KIB]
  const answers = await Promise.all(
    [...sizes, ...sizes].map((size, i) => {
      const body = Buffer.alloc(size, 'b')
      return request(listening, { method: 'POST', path: `/${i}`, body })
    }),
  )
  for (const answer of answers) t.equal(answer.status, 200)
  t.equal(mints(), 2)
  for (const path of server.requests.map((seen) => seen.path)) {
    t.ok(server.requestsFor(path).length <= 2, 'sent twice at most')
  }
  for (const { bodyBytes, path } of server.requests) {
    t.equal(bodyBytes, [...sizes, ...sizes][Number(path.slice(1))])
  }
})

t.test('a 401 to a young token passes', async (t) => {
  const { listening, server, mints } = await start(t, 'none', 1_000)
  const answer = await request(listening, { method: 'POST', body: 'b' })
  t.equal(answer.status, 401)
  t.equal(answer.body.toString(), 'who?')
  t.equal(mints(), 1)
  t.equal(server.requests.length, 1)
})

t.test('a 401 to the new token too passes, after two requests', async (t) => {
  const { listening, server, mints } = await start(t, 'none')
  const answer = await request(listening, { method: 'POST', body: 'b' })
  t.equal(answer.status, 401)
  t.equal(answer.body.toString(), 'who?')
  t.equal(mints(), 2)
  t.equal(server.requests.length, 2)
  t.equal((await request(listening, {})).status, 401)
  t.equal(mints(), 2, 'not a third one within 30 s')
})

t.test('a 401 passes where no other token can be minted, and nothing is sent twice', async (t) => {
  let minted = 0
  const source = {
    mint: () => {
      minted++
      if (minted > 1) return Promise.reject(new MintError('the endpoint is down'))
      return Promise.resolve(new Token('token-1', Date.now() - 20_000, Date.now() + 3_600_000))
    },
  }
  const identity: Identity = { kind: 'static', email: undefined, origin: 'this test', source }
  const { listening, server } = await startStage(t, {
    identity,
    onRequest: (stream) => {
      void stream.ended.then(() => stream.answer(401, 'who?', [['www-authenticate', 'Bearer']]))
    },
  })
  const paths = ['/0', '/1', '/2']
  const answers = await Promise.all(
    paths.map((path) => request(listening, { method: 'POST', path, body: 'b' })),
  )
  for (const answer of answers) {
    t.equal(answer.status, 401)
    t.ok(answer.isWhole)
    t.equal(answer.body.toString(), 'who?')
    t.equal(fieldOf(answer, 'www-authenticate'), 'Bearer')
    t.equal(fieldOf(answer, 'x-tailer-proxy-error'), undefined)
  }
  t.equal(minted, 2, 'asked for once for all')
  t.same(server.requests.map(({ path }) => path).sort(), paths)
})

t.test('a 401 to a body over the limit passes', async (t) => {
  const { listening, server } = await start(t, 'token-2')
  const answer = await request(listening, { method: 'PUT', body: Buffer.alloc(200 * KIB) })
  t.equal(answer.status, 401)
  t.equal(answer.body.toString(), 'who?')
  t.equal(server.requests.length, 1)
})

t.test('a small body is kept no longer than the limit says', async (t) => {
  const flags = ['--replay-limit', '1KiB']
  const { listening, server } = await start(t, 'token-2', 20_000, flags)
  const answer = await request(listening, { method: 'POST', body: Buffer.alloc(2 * KIB) })
  t.equal(answer.status, 401)
  t.equal(server.requests.length, 1)
})

t.test('a 401 before the upload ended passes', async (t) => {
  const { identity } = createIdentity(20_000)
  const { listening, server } = await startStage(t, {
    identity,
    onRequest: (stream) => stream.answer(401, 'who?'),
  })
  const client = new RawClient(listening).send({ method: 'PUT', contentLength: 40 * KIB })
  client.socket.write(Buffer.alloc(20 * KIB))
  const answer = await client.answer()
  t.equal(answer.status, 401)
  t.equal(answer.body.toString(), 'who?')
  t.equal(server.requests.length, 1)
  client.close()
})
