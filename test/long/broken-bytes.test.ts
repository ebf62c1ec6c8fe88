import t, { type Test } from 'tap'
import { BROKEN_BYTES } from '../upstream/faults.js'
import { fieldOf, request } from '../upstream/raw-client.js'
import { type Stage, type StageOptions, startStage } from '../upstream/start.js'

/** What is noticed by nothing else is noticed by PING: within 15 s and 5 s. */
const PING_LIMIT_MS = 20_000 + 1_000

/** Half a hundred that open their connections at once would wait for this one thread. */
let lastStart: Promise<unknown> = Promise.resolve()
function startInTurn(t: Test, options: StageOptions): Promise<Stage> {
  const start = lastStart.then(() => startStage(t, options))
  lastStart = start.catch(() => undefined)
  return start
}

t.test('bytes that are no HTTP/2: an error in time, and the next one is fine', (t) => {
  t.jobs = 2 * BROKEN_BYTES.length
  for (const phase of ['before the response', 'in its body'] as const) {
    for (const [name, bytes] of BROKEN_BYTES) {
      if (phase === 'in its body' && name === 'DATA before HEADERS') continue
      t.test(`${name}, ${phase}`, async (t) => {
        const { listening, server } = await startInTurn(t, {
          onRequest: (stream) => {
            void stream.ended.then(() => {
              if (stream.path !== '/broken') stream.answer()
              else {
                if (phase === 'in its body') stream.headers(200).data('some of')
                stream.connection.send(bytes(stream.id))
              }
            })
          },
        })
        const startedMs = performance.now()
        const answer = await request(listening, { method: 'POST', path: '/broken', body: 'b' })
        const tookMs = Math.round(performance.now() - startedMs)
        const code = fieldOf(answer, 'x-tailer-proxy-error')
        t.comment(
          `${name} | ${phase} | ${code ?? (answer.isWhole ? 'whole' : 'truncated')} | ${tookMs} ms`,
        )
        if (phase === 'before the response') {
          t.match(code, /^UPSTREAM_(PROTOCOL|RESET)$/)
        } else if (answer.isWhole) {
          // Nothing of the response had left.
          t.match(code, /^UPSTREAM_(PROTOCOL|RESET)$/)
        } else t.equal(code, undefined, 'the response is truncated')
        t.ok(tookMs < PING_LIMIT_MS, `in ${tookMs} ms`)
        t.equal(server.requestsFor('/broken').length, 1, 'the POST was sent once')
        t.equal((await request(listening, { path: '/next' })).status, 200, 'the next one is fine')
      })
    }
  }
  t.end()
})
