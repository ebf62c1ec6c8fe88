import t from 'tap'
import { FLAG, frame, settingsFrame, TYPE } from '../frames.js'
import { answer, ScriptedServer } from './scripted-server.js'

const KIB = 1024
const MIB = 1024 * KIB
const LEAST = 2 * MIB
const FRAME = 16 * KIB

/** A server that sends whatever it may, on a stream that has ended. */
class Flood {
  readonly #server = new ScriptedServer()
  /** What it may send. */
  left = LEAST

  constructor() {
    this.#server.greet().request()
    this.#server.send(answer(1, '')).read()
  }

  /** It is so far away, in milliseconds. */
  from(ms: number): this {
    this.#server.client.roundTrip.note(ms)
    return this
  }

  /** @returns what it was let send more, in bytes */
  send(bytes: number): number {
    const [update] = this.#server.send(frame(TYPE.data, 0, 1, Buffer.alloc(bytes))).read()
    t.notMatch(update, { streamId: 1 })
    const credit = update?.type === TYPE.windowUpdate ? update.payload.readUInt32BE(0) : 0
    this.left += credit - bytes
    return credit
  }
}

t.test('what a near server may have on its way is 2 MiB, let again by 256 KiB', (t) => {
  for (const flood of [new Flood(), new Flood().from(0), new Flood().from(16)]) {
    const credits: number[] = []
    for (let sent = 0; sent < 4 * MIB; sent += FRAME) credits.push(flood.send(FRAME))
    t.equal(flood.left, LEAST)
    t.same([...new Set(credits)], [0, 256 * KIB])
  }
  t.end()
})

t.test(
  'a server that is far away may have 125 kB for each millisecond, and 16 MiB at most',
  (t) => {
    const far = new Flood().from(20)
    far.send(FRAME)
    t.equal(far.left, 20 * 125_000)
    const farther = new Flood().from(1_000)
    farther.send(FRAME)
    t.equal(farther.left, 16 * MIB)
    t.end()
  },
)

t.test('a server that turns out to be near is let nothing until that much has come', (t) => {
  const flood = new Flood().from(40)
  flood.send(FRAME)
  t.equal(flood.left, 40 * 125_000)
  flood.from(1)
  while (flood.send(FRAME) === 0) t.ok(flood.left > LEAST - 256 * KIB)
  t.equal(flood.left, LEAST)
  t.end()
})

t.test('how far it is, the acknowledgement of our SETTINGS tells, and each PING', (t) => {
  const server = new ScriptedServer()
  const { client } = server
  server.send(settingsFrame({})).read()
  t.equal(client.roundTrip.leastMs, undefined)
  server.send(frame(TYPE.settings, FLAG.ack, 0))
  t.type(client.roundTrip.leastMs, 'number')
  client.roundTrip.leastMs = undefined
  server.send(frame(TYPE.settings, FLAG.ack, 0))
  t.equal(client.roundTrip.leastMs, undefined, 'the first one')
  client.ping()
  const ping = server.read().find(({ type }) => type === TYPE.ping)
  server.send(frame(TYPE.ping, FLAG.ack, 0, ping!.payload))
  t.type(client.roundTrip.leastMs, 'number')
  t.end()
})
