import t from 'tap'
import { ReceiveWindow } from '../../../src/upstream/http2/receive-window.js'
import { RoundTrip } from '../../../src/upstream/http2/round-trip.js'
import { SpareWindow } from '../../../src/upstream/http2/spare-window.js'

const KIB = 1024
const FRAME = 16 * KIB

/** A server that sends all it may, at once, in frames of 16 KiB, each of which is taken at once. */
class Distant {
  readonly window: ReceiveWindow
  readonly #roundTripMs: number
  #nowMs = 0
  #read = 0
  /** All that was let, in this round trip. */
  credits: number[] = []

  constructor(roundTripMs: number, spare = new SpareWindow()) {
    this.#roundTripMs = roundTripMs
    const roundTrip = new RoundTrip(() => this.#nowMs)
    this.window = new ReceiveWindow({ roundTrip, spare })
  }

  /** @param roundTrips how often all that may be sent comes. @param lateMs how much later */
  flood(roundTrips: number, lateMs = 0): this {
    for (let i = 0; i < roundTrips; i++) {
      this.#nowMs += this.#roundTripMs + lateMs
      this.credits = []
      for (let { left } = this.window; left > 0; left -= FRAME) {
        this.window.receive(Math.min(FRAME, left))
        const credit = this.window.credit()
        if (credit > 0) this.credits.push(credit)
      }
    }
    return this
  }

  /** So many bytes come, a round trip later. */
  send(bytes: number): void {
    this.#nowMs += this.#roundTripMs
    this.window.receive(bytes)
  }

  /** Who takes what comes takes it only when the next read is there. */
  floodBehind(roundTrips: number): this {
    for (let i = 0; i < roundTrips; i++) {
      this.window.pause(this.#read++)
      this.send(this.window.left)
      this.window.resume(this.#read)
      this.window.credit()
    }
    return this
  }
}

t.test('from far away the window of a stream doubles from 128 KiB to 4 MiB', (t) => {
  const far = new Distant(50)
  t.equal(far.window.left, 128 * KIB)
  far.flood(1)
  t.same(far.credits, [64 * KIB, 64 * KIB], 'how far it is is not known yet')
  far.flood(1)
  t.equal(far.window.left, 256 * KIB - 64 * KIB)
  far.flood(6)
  t.ok(far.window.left > 3840 * KIB, `${far.window.left} bytes`)
  t.ok(far.window.left <= 4096 * KIB)
  t.end()
})

t.test('a large window is opened again by and by, so that the server never waits', (t) => {
  const { credits } = new Distant(50).flood(10)
  t.same(credits, Array(16).fill(256 * KIB))
  t.end()
})

t.test('from a server that is near it stays as it was', (t) => {
  const near = new Distant(0.5).flood(100)
  t.same(near.credits, [64 * KIB, 64 * KIB])
  t.equal(near.window.left, 128 * KIB)
  t.end()
})

t.test('it grows as far as the distance asks for', (t) => {
  const { window } = new Distant(5).flood(100)
  t.ok(window.left <= 5 * 125_000)
  t.ok(window.left > 5 * 125_000 - 256 * KIB)
  t.end()
})

t.test('it does not grow where the server is what limits the rate', (t) => {
  const slow = new Distant(50).flood(3)
  const { left } = slow.window
  slow.flood(1, 200).flood(8, 200)
  t.ok(slow.window.left <= 2 * left, `${left} then ${slow.window.left}`)
  t.end()
})

t.test('a server that turns out to be near has its window halved', (t) => {
  const roundTrip = new RoundTrip()
  const spare = new SpareWindow()
  const window = new ReceiveWindow({ roundTrip, spare })
  roundTrip.note(50)
  for (let i = 0; i < 500; i++) {
    window.receive(Math.min(FRAME, window.left))
    window.credit()
  }
  t.ok(window.left <= 128 * KIB)
  t.equal(spare.take(Infinity), 8 * 1024 * KIB, 'and all is given back')
  t.end()
})

t.test('of tiny frames 8192 are on their way, or 16 KiB, and of others what they were', (t) => {
  for (const [bytes, most] of [
    [1, 16 * KIB],
    [2, 16 * KIB],
    [8, 64 * KIB],
    [64, 128 * KIB],
  ] as const) {
    // No time goes by, however slow this machine is: it would look like a server that is far away.
    const roundTrip = new RoundTrip(() => 0)
    const window = new ReceiveWindow({ roundTrip, spare: new SpareWindow() })
    for (let i = 0; i < 10_000 + (160 * KIB) / bytes; i++) {
      window.receive(bytes)
      window.credit()
    }
    let [largest, least] = [0, Infinity]
    for (let i = 0; i < 20_000; i++) {
      window.receive(bytes)
      window.credit()
      largest = Math.max(largest, window.left)
      least = Math.min(least, window.left)
    }
    t.ok(largest <= most && largest > most * 0.99, `${bytes}: ${largest} at most`)
    t.ok(least > most * 0.4 && least < most * 0.6, `${bytes}: ${least} at least`)
    for (let i = 0; i < 3_000; i++) {
      window.receive(Math.min(FRAME, window.left))
      window.credit()
    }
    t.ok(window.left > 64 * KIB, 'large frames again')
  }
  t.end()
})

t.test('more than it lets is noticed', (t) => {
  const window = new ReceiveWindow({ roundTrip: new RoundTrip(), spare: new SpareWindow() })
  t.ok(window.receive(128 * KIB))
  t.notOk(window.receive(1))
  t.end()
})

t.test('a pause lets nothing more come, and halves it', (t) => {
  const far = new Distant(50).flood(10)
  const { window } = far
  window.pause(1)
  far.send(window.left)
  t.equal(window.credit(), 0)
  window.resume(9)
  t.equal(window.credit(), 2048 * KIB)
  t.equal(window.left, 2048 * KIB)
  t.end()
})

t.test('what was let is not let again, where the window became smaller', (t) => {
  const far = new Distant(50).flood(10)
  const { window } = far
  const { left } = window
  window.pause(1)
  far.send(512 * KIB)
  window.resume(9)
  t.equal(window.credit(), 0)
  t.equal(window.left, left - 512 * KIB)
  far.send(window.left - 1024 * KIB)
  t.equal(window.credit(), 1024 * KIB, 'once it is within the half')
  t.end()
})

t.test('who is always behind has 128 KiB', (t) => {
  const { window } = new Distant(50).flood(10).floodBehind(10)
  t.ok(window.left <= 128 * KIB)
  t.end()
})

t.test('a pause that is over within one read holds nothing up', (t) => {
  const far = new Distant(50).flood(3)
  const { window } = far
  const { left } = window
  for (let read = 0; read < 10; read++) {
    far.send(FRAME)
    window.pause(read)
    t.equal(window.credit(), 0)
    window.resume(read)
    window.credit()
  }
  t.ok(window.left >= left)
  t.end()
})

t.test('it is paused from the first pause on, and not by a resume', (t) => {
  const far = new Distant(50).flood(10)
  const { window } = far
  const { left } = window
  window.resume(1)
  far.send(left / 2)
  t.equal(window.credit(), left / 2, 'nobody waited')
  window.pause(1)
  window.pause(2)
  window.resume(2)
  far.send(window.left)
  t.equal(window.credit(), 2048 * KIB, 'what came in read 1 waited')
  t.end()
})

t.test('a window grows once it is seen to limit the rate, however far away the server is', (t) => {
  const roundTrip = new RoundTrip(() => 0)
  roundTrip.note(50)
  const window = new ReceiveWindow({ roundTrip, spare: new SpareWindow() })
  window.receive(64 * KIB)
  t.equal(window.credit(), 64 * KIB)
  t.end()
})

t.test('a reader whose window is used up during its pause was behind, whatever was read', (t) => {
  const far = new Distant(50).flood(10)
  const { window } = far
  far.send(window.left)
  window.pause(1)
  window.resume(1)
  t.equal(window.credit(), 2048 * KIB)
  t.end()
})

t.test('all windows together grow by 8 MiB at most, and give it back', (t) => {
  const spare = new SpareWindow()
  const all = Array.from({ length: 300 }, () => new Distant(50, spare).flood(10))
  const most = all.reduce((sum, { window }) => sum + window.left, 0)
  t.ok(most <= 300 * 128 * KIB + 8 * 1024 * KIB)
  t.ok(most > 300 * 64 * KIB + 6 * 1024 * KIB, 'and it is used')
  for (const { window } of all) window.close()
  t.equal(spare.take(Infinity), 8 * 1024 * KIB, 'just that')
  spare.giveBack(8 * 1024 * KIB)
  t.ok(new Distant(50, spare).flood(10).window.left > 3840 * KIB, 'a later one may be large')
  t.end()
})

t.test('a client that falls behind makes room for others', (t) => {
  const spare = new SpareWindow()
  const [slow] = Array.from({ length: 3 }, () => new Distant(50, spare).flood(10))
  const next = new Distant(50, spare).flood(10)
  t.ok(next.window.left <= 640 * KIB, 'there is hardly any')
  slow!.floodBehind(8)
  t.ok(next.flood(10).window.left > 1024 * KIB)
  t.end()
})
