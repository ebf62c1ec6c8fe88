/** Owns the matrix of faults: what goes wrong, when, with which request. */
import t, { type Test } from 'tap'
import { type Fault, FAULTS, finish, isNuisance, type Phase, PHASES, type Seen } from './faults.js'
import { type RawAnswer, fieldOf, request, type RawRequestOptions } from './raw-client.js'
import type { RawStream } from './raw-stream.js'
import { startStage } from './start.js'

const KIB = 1024
const REQUESTS: readonly (readonly [string, RawRequestOptions])[] = [
  ['GET', { method: 'GET' }],
  ['DELETE', { method: 'DELETE' }],
  ['POST 400 B', { method: 'POST', body: Buffer.alloc(400, 'b') }],
  ['PATCH 9 B chunked', { method: 'PATCH', body: 'body body', chunked: true }],
  ['PUT 40 KiB', { method: 'PUT', body: Buffer.alloc(40 * KIB, 'b') }],
  ['POST 200 KiB', { method: 'POST', body: Buffer.alloc(200 * KIB, 'b') }],
]
/** More than is kept for a replay: what can be sent again depends on how much was read. */
const isLarge = (name: string): boolean => name === 'POST 200 KiB'

interface Case {
  readonly fault: Fault
  readonly phase: Phase
}

/** Of the requests, each fault gets every so many, in each phase others. */
export function checkEveryFault({ every }: { every: number }): void {
  t.test('no fault repeats a request or passes a truncated response off as whole', (t) =>
    checkFaults(t, every),
  )
}

async function checkFaults(t: Test, every: number): Promise<void> {
  const cases = new Map<string, Case>()
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => {
      const found = cases.get(stream.path)
      const isFirst = server.requestsFor(stream.path).length === 1
      if (found === undefined || !isFirst) void stream.ended.then(() => stream.answer())
      else strike(stream, found)
    },
  })

  let turn = 0
  for (const fault of FAULTS) {
    for (const phase of PHASES) {
      const expected = fault.expect(phase)
      if (expected === undefined) continue
      const row: string[] = []
      turn++
      for (const [i, [name, options]] of REQUESTS.entries()) {
        if (i % every !== turn % every) continue
        if (isLarge(name) && (phase === 'request head' || isReplayed(expected))) continue
        const path = `/${encodeURIComponent(`${fault.name}/${phase}/${name}`)}`
        cases.set(path, { fault, phase })
        const answer = await request(listening, { ...options, path })
        const seen: Seen = `${outcomeOf(answer)} ×${server.requestsFor(path).length}`
        row.push(`${name}: ${seen}`)
        if (!expected.includes(seen)) t.equal(seen, expected[0], `${fault.name}, ${phase}, ${name}`)
      }
      t.comment(`${fault.name} | ${phase} | ${row.join(' | ')}`)
      const next = await request(listening, { path: '/next' })
      if (next.status !== 200) t.equal(next.status, 200, `${fault.name}, ${phase}: the next one`)
    }
  }
  t.ok(cases.size > 500 / every, 'all of the matrix was run')
}

function isReplayed(expected: readonly Seen[]): boolean {
  return expected.some((seen) => seen.endsWith('×2'))
}

function strike(stream: RawStream, { fault, phase }: Case): void {
  const act = (): void => {
    if (phase === 'response head') stream.headers(200)
    else if (phase === 'response body') stream.headers(200).data('some of')
    else if (phase === 'response full') {
      // In one write: a header that comes on its own leaves for the client.
      const { socket } = stream.connection
      socket.cork()
      stream.headers(200, [['content-length', '4']]).data('full')
      socket.uncork()
    }
    fault.act(stream)
    if (isNuisance(fault)) finish(stream, phase)
  }
  if (phase === 'request head') act()
  else void stream.ended.then(act)
}

function outcomeOf(answer: RawAnswer): string {
  const code = fieldOf(answer, 'x-tailer-proxy-error')
  if (!answer.isWhole && answer.connection === 'open') return 'open'
  // A client would take its connection for a stale one, and send the request again.
  if (answer.status === 0) return 'nothing'
  if (!answer.isWhole) return 'truncated'
  return code ?? String(answer.status)
}
