import t from 'tap'
import { fieldOf, request } from '../upstream/raw-client.js'
import { startStage } from '../upstream/start.js'

/** Asked every 15 s, and 5 s to answer. */
const PING_LIMIT_MS = 20_000
/** For a machine that is busy. */
const SLACK_MS = 2_000

t.test('a peer that no longer responds is found out by PING', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => {
      if (stream.path !== '/swallowed') stream.answer()
    },
  })
  t.equal((await request(listening, { path: '/before' })).status, 200)
  const [old] = server.connections
  server.options.pong = false
  const startedMs = performance.now()
  const answers = await Promise.all(
    ['GET', 'POST'].map((method) =>
      request(listening, { method, path: '/swallowed', ...(method === 'POST' && { body: 'b' }) }),
    ),
  )
  const tookMs = performance.now() - startedMs
  for (const answer of answers) {
    t.equal(answer.status, 502)
    t.equal(fieldOf(answer, 'x-tailer-proxy-error'), 'UPSTREAM_RESET')
  }
  t.ok(tookMs < PING_LIMIT_MS + SLACK_MS, `in ${Math.round(tookMs)} ms`)
  t.equal(server.requestsFor('/swallowed').length, 2, 'neither was sent again')
  t.equal((await request(listening, { path: '/after' })).status, 200)
  t.not(server.requestsFor('/after')[0]?.connection, old)
})
