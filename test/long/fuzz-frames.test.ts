/** Broken bytes of a server, as many as there is time for, straight into the client's half. */
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { PROXY_ERRORS } from '../../src/errors.js'
import { memoryInUse } from '../memory-in-use.js'
import { settingsFrame } from '../upstream/frames.js'
import { ScriptedServer } from '../upstream/http2/scripted-server.js'
import { answerFrames, mutate } from '../upstream/mutate-frames.js'
import { Random } from '../upstream/random.js'
import type { Recorded } from '../upstream/recorded.js'

const STREAMS = 100_000
const REQUESTS = 3
/** More than the longest should take by far, on a machine that is busy. */
const LONGEST_MS = 2_000

function send(server: ScriptedServer, bytes: Buffer, random: Random): void {
  for (let at = 0; at < bytes.length;) {
    const length = random.chance(0.5) ? bytes.length : 1 + random.below(100)
    server.send(bytes.subarray(at, at + length))
    at += length
  }
}

/** One connection: requests, and an answer to each that is more or less one. */
function run(random: Random): Recorded[] {
  const server = new ScriptedServer()
  server.read()
  const greeting = settingsFrame({ maxConcurrentStreams: 100, initialWindowSize: 10 })
  send(server, random.chance(0.05) ? mutate([greeting], 1, random) : greeting, random)
  if (!server.client.hasRoom) return []
  const recorded = Array.from({ length: REQUESTS }, () => {
    const body = random.pick([null, Buffer.alloc(9), Buffer.alloc(100), undefined])
    const one = server.request({ method: random.pick(['GET', 'POST', 'HEAD']), body })
    if (body === undefined) one.exchange?.write(Buffer.alloc(random.below(50)))
    return one
  })
  for (let i = 0; i < REQUESTS; i++) {
    const id = 2 * i + 1
    const frames = answerFrames(id, random)
    send(server, random.chance(0.8) ? mutate(frames, id, random) : Buffer.concat(frames), random)
    const { exchange, isOver } = recorded[i]!
    if (random.chance(0.1)) exchange?.cancel()
    else if (random.chance(0.1) && !isOver) exchange?.pause()
    if (random.chance(0.5)) server.client.takeOutput()
  }
  server.client.lose('closed')
  return recorded
}

t.setTimeout(900_000)

t.test(`${STREAMS} broken byte streams end in known outcomes`, async (t) => {
  const seed = Random.seed()
  t.comment(`SEED=${seed}`)
  const random = new Random(seed)
  const outcomes = new Map<string, number>()
  const wrong: string[] = []
  let memoryBefore = 0
  let longestMs = 0
  for (let i = 0; i < STREAMS; i++) {
    // What the runtime puts off to the next turn of the event loop is not ours to count.
    if (i % 100 === 0) await turn()
    if (i === STREAMS / 10) memoryBefore = memoryInUse()
    const startedMs = performance.now()
    for (const { status, trailers, error, late } of run(random)) {
      const outcome = error?.code ?? (trailers === undefined ? 'cancelled' : 'whole')
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      if (error !== undefined && !(error.code in PROXY_ERRORS)) wrong.push(`${i}: ${error.code}`)
      if (trailers !== undefined && (status < 200 || status > 999)) wrong.push(`${i}: ${status}`)
      if (late > 0) wrong.push(`${i}: told after its end`)
    }
    longestMs = Math.max(longestMs, performance.now() - startedMs)
  }
  await turn()
  const grown = memoryInUse() - memoryBefore
  t.strictSame(wrong.slice(0, 5), [])
  t.comment([...outcomes].map(([outcome, count]) => `${outcome} ×${count}`).join(', '))
  t.comment(`the longest took ${longestMs.toFixed(1)} ms; memory grew by ${grown.toFixed(1)} MiB`)
  t.ok(longestMs < LONGEST_MS)
  t.ok(grown < 8, `${grown} MiB`)
  for (const code of ['UPSTREAM_RESET', 'UPSTREAM_PROTOCOL', 'whole', 'cancelled']) {
    t.ok((outcomes.get(code) ?? 0) > STREAMS / 100, `${code} is among them`)
  }
})
