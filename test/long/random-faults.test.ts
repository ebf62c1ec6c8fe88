import t from 'tap'
import { PROXY_ERRORS } from '../../src/errors.js'
import { FAULTS, finish, isNuisance, type Phase, PHASES } from '../upstream/faults.js'
import { Random } from '../upstream/random.js'
import { request } from '../upstream/raw-client.js'
import type { RawStream } from '../upstream/raw-stream.js'
import { runFrameFaults } from './frame-faults.js'
import { inLanes, LANES, outcomeOf, PROXIES, startStages } from './stages.js'

const KIB = 1024

/**
 * The upstream of these tests executes a request when all of it came, unless it said that it would
 * not: by GOAWAY before, or by the fault that it answers with.
 */
class Ledger {
  readonly #executed = new Map<string, number>()
  /** By connection: the last stream that it said it would process, and the highest that it did. */
  readonly #last = new WeakMap<object, number>()
  readonly #highest = new WeakMap<object, number>()

  /** Whether it was not said already that the stream's request is not processed. */
  isOpen({ connection, id }: RawStream): boolean {
    return id <= (this.#last.get(connection) ?? Infinity)
  }

  execute({ path, id, connection }: RawStream): void {
    this.#executed.set(path, this.timesOf(path) + 1)
    this.#highest.set(connection, Math.max(id, this.#highest.get(connection) ?? 0))
  }

  /** Whether a GOAWAY would be a lie: that what was executed was not processed. */
  isLie({ connection }: RawStream, last: number): boolean {
    return last < (this.#highest.get(connection) ?? 0)
  }

  /** A GOAWAY is about to be said. */
  noteGoaway({ connection }: RawStream, last: number): void {
    this.#last.set(connection, Math.min(last, this.#last.get(connection) ?? Infinity))
  }

  timesOf(path: string): number {
    return this.#executed.get(path) ?? 0
  }
}

/** The last stream of the GOAWAY that a fault sends; undefined if it sends none. */
function lastOf(name: string, { id }: RawStream): number | undefined {
  if (!name.includes('GOAWAY')) return undefined
  if (name.includes('below')) return Math.max(0, id - 2)
  return name.includes(' at,') || name.startsWith('two') ? id : 2 ** 31 - 1
}

function startAnswer(stream: RawStream, phase: Phase): void {
  if (phase === 'response head') stream.headers(200)
  else if (phase === 'response body') stream.headers(200).data('some of')
  else if (phase === 'response full') stream.headers(200, [['content-length', '4']]).data('full')
}

const POSTS = 2_000
const SIZES = [0, 9, 400, 16 * KIB, 40 * KIB, 100 * KIB]

t.test(`${POSTS} POSTs under random faults are executed once at most`, async (t) => {
  const seed = Random.seed()
  t.comment(`SEED=${seed}`)
  const random = new Random(seed)
  const ledger = new Ledger()
  const stages = await startStages(t, {
    onRequest: (stream) => {
      void stream.ended.then(() => {
        if (!ledger.isOpen(stream)) return
        const phase = random.pick(PHASES.slice(1))
        const fault = random.pick(FAULTS.filter(({ expect }) => expect(phase) !== undefined))
        const last = lastOf(fault.name, stream)
        const isLie = last !== undefined && ledger.isLie(stream, last)
        if (stream.path.startsWith('/calm') || random.chance(0.75) || isLie) {
          ledger.execute(stream)
          stream.answer(200, stream.path)
          return
        }
        const isRefused = / below|REFUSED_STREAM/.test(fault.name) && phase === 'request end'
        if (!isRefused) ledger.execute(stream)
        if (last !== undefined) ledger.noteGoaway(stream, last)
        startAnswer(stream, phase)
        fault.act(stream)
        if (isNuisance(fault)) finish(stream, phase)
      })
    },
  })
  const outcomes = new Map<string, number>()
  const wrong: string[] = []
  await inLanes(POSTS, LANES, async (i) => {
    const { listening } = stages[i % PROXIES]!
    const path = `/${random.chance(0.1) ? 'calm' : 'any'}/${i}`
    const body = Buffer.alloc(random.pick(SIZES), 'b')
    const answer = await request(listening, {
      method: 'POST',
      path,
      body,
      chunked: random.chance(0.3),
    })
    const outcome = outcomeOf(answer)
    const times = ledger.timesOf(path)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    if (times > 1) wrong.push(`${path} was executed ${times} times`)
    if (outcome === '200' && times !== 1) wrong.push(`${path}: 200, executed ${times} times`)
    if (!['200', 'truncated'].includes(outcome) && !(outcome in PROXY_ERRORS)) wrong.push(outcome)
  })
  for (let i = 0; i < POSTS; i++) {
    for (const kind of ['calm', 'any']) {
      const times = ledger.timesOf(`/${kind}/${i}`)
      if (times > 1) wrong.push(`/${kind}/${i} was executed ${times} times in the end`)
    }
  }
  t.strictSame(wrong, [])
  t.comment([...outcomes].map(([outcome, count]) => `${outcome} ×${count}`).join(', '))
  t.ok((outcomes.get('200') ?? 0) > POSTS / 3, 'many got a response')
  const replays = stages
    .flatMap(({ logged }) => logged)
    .filter(({ msg }) => msg === 'request retried').length
  t.comment(`${replays} were sent again`)
  t.ok(replays > 20)
})

t.test('10000 random frame faults end in known errors, and no other', (t) =>
  runFrameFaults(t, 10_000),
)
