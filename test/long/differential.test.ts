/** Our client and Node's against one server: whatever is asked and answered, they tell the same. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { createDial, createTrust } from '../../src/upstream/dial.js'
import type { RequestHead, Upstream } from '../../src/upstream/exchange.js'
import { Pool } from '../../src/upstream/pool.js'
import type { Fields } from '../upstream/hpack.js'
import { Random } from '../upstream/random.js'
import { createRawServer, type RawServer } from '../upstream/raw-server.js'
import type { RawStream } from '../upstream/raw-stream.js'
import { Recorded } from '../upstream/recorded.js'
import { NodeClient } from './node-client/node-client.js'

const REQUESTS = 20_000
const LANES = 50
const SIZES = [0, 1, 100, 400, 4_000, 16_384, 16_385, 40_000, 120_000]
const STATUSES = [200, 201, 204, 206, 301, 304, 400, 401, 404, 429, 500, 503, 599]
const NAMES = ['accept', 'cookie', 'x-a', 'x-b', 'x-long-name-of-a-field', 'user-agent', 'etag']

const sha256 = (bytes: Buffer | string): string =>
  createHash('sha256').update(bytes).digest('hex').slice(0, 16)

function someFields(random: Random): [string, string][] {
  return Array.from({ length: random.below(8) }, () => {
    const value = random.chance(0.1)
      ? 'x'.repeat(random.below(3_000))
      : Buffer.from(Array.from({ length: random.below(40) }, () => 33 + random.below(94)))
    return [random.pick(NAMES), value.toString('latin1')]
  })
}

interface Request {
  readonly head: RequestHead
  /** Of a body that follows. */
  readonly parts: readonly Buffer[]
}

function someRequest(i: number, random: Random): Request {
  const method = random.pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH'])
  const headers = someFields(random).flat()
  const size = random.pick(SIZES)
  const kind = random.below(3)
  const head = { method, path: `/${i}?${'q'.repeat(random.below(100))}`, headers }
  if (kind === 0) return { head: { ...head, body: null }, parts: [] }
  const body = Buffer.alloc(size, String(i))
  if (kind === 1) return { head: { ...head, body }, parts: [] }
  const parts: Buffer[] = []
  for (let at = 0; at < size;) {
    const length = 1 + random.below(40_000)
    parts.push(body.subarray(at, at + length))
    at += length
  }
  return { head: { ...head, body: undefined }, parts }
}

/** The same answer to the same request, whoever asks. */
function answer(stream: RawStream, seed: number): void {
  const random = new Random(seed + Number(/^\/(\d+)/.exec(stream.path)?.[1]))
  const options = (): { padding?: number } =>
    random.chance(0.1) ? { padding: random.below(200) } : {}
  if (random.chance(0.05)) return void stream.rst(random.below(14))
  if (random.chance(0.1)) stream.headers(103, someFields(random))
  const status = random.pick(STATUSES)
  const isEmpty = status === 204 || status === 304
  // Some have content all the same, or more or less than they announce: malformed.
  const isMalformed = random.chance(0.05)
  const size = isEmpty && !isMalformed ? 0 : random.pick(SIZES)
  const body = Buffer.alloc(size, stream.path)
  const announced = isMalformed ? body.length + random.below(3) - 1 : body.length
  const fields: Fields = [
    ...someFields(random),
    ...(random.chance(0.5) && status !== 204
      ? ([['content-length', String(announced)]] as const)
      : []),
  ]
  const isTruncated = !isEmpty && !isMalformed && random.chance(0.1)
  const cutAt = isTruncated ? random.below(body.length + 1) : Infinity
  const hasTrailers = random.chance(0.2)
  const frames = random.chance(0.2) ? 2 + random.below(4) : 1
  const isBare = body.length === 0 && !hasTrailers && random.chance(0.5)
  stream.headers(status, fields, { ...options(), frames, end: isBare })
  if (isBare) return
  for (let at = 0; at < body.length;) {
    if (at >= cutAt) return void stream.rst(random.below(14))
    const length = Math.min(1 + random.below(16_000), body.length - at)
    stream.data(body.subarray(at, at + length), options())
    at += length
  }
  if (cutAt !== Infinity) stream.rst(random.below(14))
  else if (hasTrailers) stream.trailers([['x-sum', sha256(body)]])
  else stream.data('', { end: true })
}

/** What repeats, as one (RFC 9110 §5.3): `node:http2` takes a name once only. */
function joined(fields: Fields): Record<string, string> {
  const all: Record<string, string> = {}
  for (const [name, value] of fields) {
    const before = all[name]
    all[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  return all
}

interface Seen {
  readonly fields: Record<string, string>
  readonly body: string
  readonly hasEnded: boolean
}

type Client = Pick<Upstream, 'dispatch' | 'close'>

async function connectBoth({ origin, caPem }: RawServer): Promise<[ours: Client, node: Client]> {
  const dial = createDial({ origin, timeoutMs: 10_000, trust: () => createTrust([caPem]) })
  const observer = {
    connected: () => undefined,
    connectFailed: () => undefined,
    disconnected: () => undefined,
  }
  const pool = new Pool({ origin, dial, connectTimeoutMs: 10_000, observer })
  await pool.connect()
  return [pool, await NodeClient.connect(origin, dial)]
}

/** Sends a request, and tells how it went in a form that can be compared. */
async function run(client: Client, { head, parts }: Request): Promise<object> {
  const recorded = new Recorded()
  const drained = new Set<() => void>()
  recorded.onDrain = () => {
    for (const tell of drained) tell()
    drained.clear()
  }
  client.dispatch(head, recorded)
  if (head.body === undefined) {
    while (recorded.exchange === undefined && !recorded.isOver) await new Promise(setImmediate)
    for (const part of parts) {
      if (recorded.exchange?.write(part) === false) {
        const room = new Promise<void>((resolve) => drained.add(resolve))
        await Promise.race([room, recorded.ended])
      }
    }
    recorded.exchange?.end()
  }
  await recorded.ended
  const { status, headers, body, trailers, error, late } = recorded
  return {
    status,
    headers: headers.join('\n'),
    body: error === undefined ? sha256(body) : undefined,
    trailers: trailers?.join('\n'),
    code: error?.code,
    unprocessed: error?.unprocessed,
    late,
  }
}

t.setTimeout(900_000)

t.test(
  `${REQUESTS} random exchanges through our client and through Node's end alike`,
  async (t) => {
    const seed = Random.seed()
    t.comment(`SEED=${seed}`)
    /** By path. */
    const streams = new Map<string, RawStream[]>()
    const server = await createRawServer({
      settings: { initialWindowSize: 70_000 },
      onRequest: (stream) => {
        const before = streams.get(stream.path) ?? []
        streams.set(stream.path, [...before, stream])
        void stream.ended.then(() => {
          answer(stream, seed)
        })
      },
    })
    const clients = await connectBoth(server)
    t.teardown(() => {
      for (const client of clients) client.close()
      server.close()
    })
    const seenOf = (path: string): Seen[] =>
      (streams.get(path) ?? []).map(({ fields, body, hasEnded }) => ({
        fields: joined(fields),
        body: sha256(body),
        hasEnded,
      }))

    const outcomes = new Map<string, number>()
    const differences: unknown[] = []
    let next = 0
    const lane = async (): Promise<void> => {
      while (next < REQUESTS) {
        const i = next++
        const request = someRequest(i, new Random(seed - i))
        const [ours, node] = await Promise.all(clients.map((client) => run(client, request)))
        const kind = (ours as { code?: string; status: number }).code ?? 'whole'
        outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1)
        if (JSON.stringify(ours) !== JSON.stringify(node)) differences.push({ i, ours, node })
        const [one, two, ...others] = seenOf(request.head.path)
        if (JSON.stringify(one) !== JSON.stringify(two) || others.length > 0) {
          differences.push({ i, one, two, others })
        }
        streams.delete(request.head.path)
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    t.strictSame(differences.slice(0, 3), [], `${differences.length} differences`)
    t.comment([...outcomes].map(([outcome, count]) => `${outcome} ×${count}`).join(', '))
    t.ok((outcomes.get('whole') ?? 0) > REQUESTS / 2)
    t.ok(outcomes.size > 2, 'some were reset')
  },
)
