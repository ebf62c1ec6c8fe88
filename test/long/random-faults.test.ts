import { randomBytes, randomInt } from 'node:crypto'
import t, { type Test } from 'tap'
import { frame, goawayFrame, settingsFrame, uint32 } from '../upstream/frames.js'
import { request } from '../upstream/raw-client.js'
import type { RawStream } from '../upstream/raw-stream.js'
import { type Engine, ENGINES, startStage } from '../upstream/start.js'

const seed = Number(process.env['FAULT_SEED'] ?? randomInt(2 ** 31))

/** Mulberry32: a seed gives the same numbers again. */
function createRandom(start: number): (below: number) => number {
  let state = start
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

type Random = (below: number) => number

/** One thing that a peer might say or do, rarely a good one. */
function act(stream: RawStream, random: Random): void {
  const { connection, id } = stream
  const someId = [0, id, id + 2, 2, random(100)][random(5)]!
  const acts: (() => void)[] = [
    () => stream.headers(200, [['x-random', 'r'.repeat(random(3000))]], { frames: 1 + random(3) }),
    () => stream.headers(100 + random(500), [], { end: random(2) === 0, padding: random(200) }),
    () => stream.headers(103),
    () => stream.data(Buffer.alloc(random(20_000)), { end: random(3) === 0 }),
    () => stream.data('padded', { padding: random(256) }),
    () => stream.trailers([['x-trailer', '1']]),
    () => stream.answer(),
    () => stream.answer(),
    () => stream.rst(random(16)),
    () => {
      connection.goaway(random(2 * id + 2), random(2) * random(14))
    },
    () => {
      connection.send(goawayFrame(2 ** 31 - 1, 0))
    },
    () => {
      connection.send(settingsFrame({ maxConcurrentStreams: 1 + random(9) }))
    },
    () => {
      connection.send(settingsFrame({ initialWindowSize: random(70_000) }))
    },
    () => {
      connection.send(frame(6, random(2), 0, Buffer.alloc(8)))
    },
    () => {
      connection.send(frame(8, 0, someId, uint32(random(2 ** 31))))
    },
    // Each of these would silence some engines until the next PING, so they end the connection.
    () => {
      connection.send(frame(random(12), random(256), someId, randomBytes(random(60))))
      connection.end()
    },
    () => {
      connection.send(randomBytes(random(2000)))
      connection.end()
    },
    () => {
      connection.send(frame(random(10), random(256), someId, randomBytes(9), random(9)))
      connection.reset()
    },
    () => {
      connection.end()
    },
    () => {
      connection.reset()
    },
  ]
  acts[random(acts.length)]!()
}

/** So many proxies at once: an engine that broken frames silence costs each its seconds. */
const STAGES = 20
const FAULTS_EACH = 500

for (const engine of ENGINES) {
  t.test(`10,000 random faults, seed ${seed} (${engine})`, (t) => {
    t.jobs = STAGES
    for (let i = 0; i < STAGES; i++) {
      t.test(`seed ${seed + i}`, (t) => endureFaults(t, engine, seed + i))
    }
    t.end()
  })

  t.test(`2,000 POSTs under random faults, seed ${seed}: once at most (${engine})`, async (t) => {
    const random = createRandom(seed)
    const executed = new Map<string, number>()
    const { listening } = await startStage(t, {
      engine,
      flags: ['--response-timeout', '300ms', '--idle-timeout', '300ms'],
      onRequest: (stream) => {
        const { connection, id } = stream
        const execute = (): void => {
          executed.set(stream.path, (executed.get(stream.path) ?? 0) + 1)
        }
        // A fair peer: what it says it did not process, it did not.
        const choices: (() => void)[] = [
          () => stream.rst(7),
          () => {
            connection.goaway(Math.max(0, id - 2))
          },
          () => {
            connection.goaway(Math.max(0, id - 2), 2)
            connection.end()
          },
          () => {
            execute()
            stream.rst(random(7))
          },
          () => {
            execute()
            connection.reset()
          },
          () => {
            execute()
            connection.end()
          },
          () => {
            execute()
            connection.goaway(connection.lastStreamId, random(3))
            stream.answer()
          },
          () => {
            execute()
            stream.headers(200).data('some of').rst(8)
          },
          () => {
            execute()
            stream.answer()
          },
          () => {
            execute()
          },
        ]
        const choice = random(choices.length)
        // One that is above a GOAWAY's last was not processed either.
        if (choice === 1 || choice === 2) choices[choice]!()
        else void stream.ended.then(choices[choice])
      },
    })
    const statuses = new Map<string, number>()
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < 2000) {
        const path = `/${next++}`
        const body = Buffer.alloc(random(40_000))
        const answer = await request(listening, { method: 'POST', path, body })
        const status = answer.isWhole ? String(answer.status) : 'cut'
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        if (status === '200') t.equal(executed.get(path), 1)
      }
    }
    await Promise.all(Array.from({ length: 100 }, worker))
    t.comment([...statuses].map(([status, count]) => `${status}: ${count}`).join(', '))
    const often = [...executed].filter(([, count]) => count > 1)
    t.same(often, [], 'none was executed twice')
    t.ok(executed.size > 1000, `${executed.size} were executed`)
  })
}

async function endureFaults(t: Test, engine: Engine, seed: number): Promise<void> {
  const random = createRandom(seed)
  let faults = 0
  const { listening, server } = await startStage(t, {
    engine,
    flags: ['--response-timeout', '300ms', '--idle-timeout', '300ms'],
    onRequest: (stream) => {
      if (stream.path === '/next') {
        stream.answer()
        return
      }
      for (let count = 1 + random(4); count > 0; count--) {
        faults++
        act(stream, random)
      }
      // As real servers do before long; else a silenced engine would wait for its PING each time.
      setTimeout(() => {
        stream.connection.end()
      }, 20).unref()
    },
  })
  // What the process would die of, and tap would take for a failed test of another kind.
  const uncaught: unknown[] = []
  const note = (error: unknown): void => {
    uncaught.push(error)
  }
  process.on('uncaughtException', note)
  t.teardown(() => process.off('uncaughtException', note))

  const outcomes = new Map<string, number>()
  let sent = 0
  const worker = async (): Promise<void> => {
    while (faults < FAULTS_EACH) {
      const body = random(3) === 0 ? undefined : Buffer.alloc(random(60_000))
      const method = body === undefined ? 'GET' : 'POST'
      const answer = await request(listening, { method, path: `/${sent++}`, body })
      const outcome = answer.isWhole ? String(answer.status) : 'cut'
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  t.comment(`${sent} requests, ${faults} faults, ${server.connections.length} connections`)
  t.comment([...outcomes].map(([outcome, count]) => `${outcome}: ${count}`).join(', '))
  t.same(uncaught, [], 'nothing was thrown past us')
  t.equal((await request(listening, { path: '/next' })).status, 200, 'and it still serves')
}
