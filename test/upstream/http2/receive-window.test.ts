import t from 'tap'
import {
  FIRST_STREAM_WINDOW,
  LARGEST_STREAM_WINDOW,
  ReceiveWindow,
} from '../../../src/upstream/http2/receive-window.js'
import { SpareWindow } from '../../../src/upstream/http2/spare-window.js'

const KIB = 1024

const streamWindow = (spare = new SpareWindow()): ReceiveWindow =>
  new ReceiveWindow(FIRST_STREAM_WINDOW, LARGEST_STREAM_WINDOW, spare)

/** Lets the bytes come in frames of 16 KiB, each of which is taken at once; gives each credit. */
function takeAll(window: ReceiveWindow, bytes: number): number[] {
  const credits: number[] = []
  for (let left = bytes; left > 0; left -= 16 * KIB) {
    window.receive(16 * KIB)
    const credit = window.credit()
    if (credit > 0) credits.push(credit)
  }
  return credits
}

t.test('the window of a stream doubles from 128 KiB to 4 MiB', (t) => {
  const window = streamWindow()
  t.equal(window.left, 128 * KIB)
  const credits = takeAll(window, 8 * 1024 * KIB)
  const sizes = [256, 512, 1024, 2048, 4096].map((kib) => kib * KIB)
  // What came, half the window, and what the window grew by, which is as much as it was.
  t.strictSame(
    credits.slice(0, 5),
    sizes.map((size) => size / 4 + size / 2),
  )
  t.ok(credits.slice(5).length > 0)
  t.ok(credits.slice(5).every((credit) => credit === 2048 * KIB))
  t.end()
})

t.test('a window that may not grow lets again what came', (t) => {
  const window = new ReceiveWindow(128 * KIB)
  t.strictSame(takeAll(window, 256 * KIB), [64 * KIB, 64 * KIB, 64 * KIB, 64 * KIB])
  t.end()
})

t.test('more than it lets is noticed', (t) => {
  const window = streamWindow()
  t.ok(window.receive(128 * KIB))
  t.notOk(window.receive(1))
  t.end()
})

t.test('a pause lets nothing more come, and stops the growth', (t) => {
  const window = streamWindow()
  takeAll(window, 1024 * KIB) // it is 2 MiB now
  const { left } = window
  window.pause(1)
  window.receive(left)
  t.equal(window.credit(), 0)
  window.resume(9)
  t.ok(window.credit() < left, 'less than came')
  t.equal(window.left, 1024 * KIB, 'half of it')
  t.end()
})

t.test('who is always behind has 128 KiB', (t) => {
  const window = streamWindow()
  takeAll(window, 8 * 1024 * KIB)
  for (let read = 0; read < 100; read++) {
    window.receive(Math.min(64 * KIB, window.left))
    window.pause(read)
    t.equal(window.credit(), 0)
    window.resume(read + 1)
    window.credit()
  }
  t.ok(window.left <= 128 * KIB)
  t.end()
})

t.test('a pause that is over within one read holds nothing up', (t) => {
  const window = streamWindow()
  for (let read = 0; read < 4; read++) {
    window.receive(16 * KIB)
    window.pause(read)
    t.equal(window.credit(), 0)
    window.resume(read)
    if (read < 3) t.equal(window.credit(), 0)
  }
  t.equal(window.credit(), (64 + 128) * KIB)
  t.end()
})

t.test('one whose window is used up while he pauses was behind, whatever was read', (t) => {
  const window = streamWindow()
  window.receive(128 * KIB)
  window.pause(1)
  window.resume(1)
  t.equal(window.credit(), 128 * KIB, 'what came, and no more')
  t.end()
})

t.test('all windows together grow by 8 MiB at most, and give it back', (t) => {
  const spare = new SpareWindow()
  const windows = Array.from({ length: 300 }, () => streamWindow(spare))
  const grow = (): number => {
    for (const window of windows) takeAll(window, 8 * 1024 * KIB)
    // With nothing on its way, what is left is all of the window but what was not let again.
    return windows.reduce((sum, { left }) => sum + left, 0)
  }
  const most = 300 * 128 * KIB + 8 * 1024 * KIB
  t.ok(grow() <= most)
  t.ok(grow() > most / 2, 'and it is used')
  for (const window of windows) window.close()
  const again = streamWindow(spare)
  takeAll(again, 8 * 1024 * KIB)
  t.ok(again.left > 2048 * KIB, 'a later one may be large')
  t.end()
})

t.test('a client that falls behind makes room for others', (t) => {
  const spare = new SpareWindow()
  const slow = Array.from({ length: 2 }, () => streamWindow(spare))
  for (const window of slow) takeAll(window, 8 * 1024 * KIB)
  const next = streamWindow(spare)
  takeAll(next, 8 * 1024 * KIB)
  t.ok(next.left <= 640 * KIB, 'there is hardly any')
  const [first] = slow
  for (let read = 1; read < 8; read++) {
    first!.pause(read)
    first!.receive(2048 * KIB)
    first!.resume(read + 1)
    first!.credit()
  }
  takeAll(next, 8 * 1024 * KIB)
  t.ok(next.left > 1024 * KIB)
  t.end()
})
