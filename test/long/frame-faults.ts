/** Owns the run of random frame faults. */
import type { Test } from 'tap'
import { PROXY_ERRORS } from '../../src/errors.js'
import { FrameReader, settingsFrame } from '../upstream/frames.js'
import { answerFrames, mutate } from '../upstream/mutate-frames.js'
import { Random } from '../upstream/random.js'
import { request } from '../upstream/raw-client.js'
import { inLanes, LANES, outcomeOf, PROXIES, startStages } from './stages.js'

/** Answers `count` requests with frames that are broken at random, and asks again after them. */
export async function runFrameFaults(t: Test, count: number): Promise<void> {
  const seed = Random.seed()
  t.comment(`SEED=${seed}`)
  const random = new Random(seed)
  const stages = await startStages(t, {
    onRequest: (stream) => {
      void stream.ended.then(() => {
        const { path, id, connection } = stream
        const frames = answerFrames(id, random)
        if (path === '/next') {
          connection.send(...frames)
          return
        }
        const bytes = mutate(frames, id, random)
        connection.send(bytes)
        const reader = new FrameReader()
        reader.read(bytes)
        // Who breaks off in a frame cannot go on: what came next would be read as its rest.
        const end = random.below(reader.isWhole ? 4 : 2)
        if (end === 0) connection.end()
        else if (end === 1) connection.reset()
        else {
          // Windows that the fault shut would hold up all that come after it.
          connection.send(settingsFrame({ initialWindowSize: 65_535 }))
          // What is left of a stream is not waited for until its timeout.
          stream.rst(random.below(14))
        }
      })
    },
  })
  const outcomes = new Map<string, number>()
  const wrong: string[] = []
  await inLanes(count, LANES, async (i) => {
    const { listening } = stages[i % PROXIES]!
    const path = `/${i}`
    const answer = await request(listening, { method: 'POST', path, body: 'b' })
    const outcome = outcomeOf(answer)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    const isKnown = /^[2-9]\d\d$|^cut$/.test(outcome) || outcome in PROXY_ERRORS
    if (!isKnown) wrong.push(`${path}: ${outcome}`)
  })
  for (const { listening } of stages) {
    const next = await request(listening, { path: '/next' })
    if (next.status !== 200) wrong.push(`the next one: ${outcomeOf(next)}`)
  }
  t.strictSame(wrong, [])
  t.comment([...outcomes].map(([outcome, number]) => `${outcome} ×${number}`).join(', '))
  for (const kind of ['200', 'UPSTREAM_RESET', 'UPSTREAM_PROTOCOL']) {
    t.ok(outcomes.has(kind), `${kind} was among them`)
  }
}
