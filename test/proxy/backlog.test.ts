import t, { type Test } from 'tap'
import { Backlog } from '../../src/proxy/backlog.js'

function fill(sizes: readonly number[]): { backlog: Backlog; all: Buffer } {
  const backlog = new Backlog()
  const parts = sizes.map((size, i) => Buffer.alloc(size, `${i % 10}`))
  for (const part of parts) backlog.append(part)
  return { backlog, all: Buffer.concat(parts) }
}

function drain(t: Test, backlog: Backlog): Buffer[] {
  const blocks: Buffer[] = []
  while (!backlog.isEmpty) {
    const isLast = backlog.isLast
    blocks.push(backlog.take()!)
    t.equal(backlog.isEmpty, isLast)
  }
  t.equal(backlog.take(), undefined)
  return blocks
}

t.test('what waits comes out in order, whatever parts it came in', (t) => {
  for (const sizes of [
    [1],
    [20_000],
    [1, 1, 1],
    [8192, 1, 8192],
    [1, 8191, 8192, 3],
    Array.from({ length: 5_000 }, (_, i) => 1 + ((i * 37) % 300)),
  ]) {
    const { backlog, all } = fill(sizes)
    t.equal(backlog.bytes, all.length)
    t.ok(Buffer.concat(drain(t, backlog)).equals(all))
    t.equal(backlog.bytes, 0)
    t.ok(fill(sizes).backlog.takeAll()?.equals(all))
    t.ok(Buffer.concat(fill(sizes).backlog.blocks()).equals(all))
  }
  t.end()
})

t.test('bytes that come one by one cost a block for each 16 KiB', (t) => {
  const { backlog } = fill(Array.from({ length: 128 * 1024 }, () => 1))
  const blocks = drain(t, backlog)
  t.ok(blocks.length <= 12, `${blocks.length} blocks`)
  const held = blocks.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
  t.ok(held < 150 * 1024, `${held} bytes are held`)
  t.end()
})

t.test('what is held is a copy, in order with the rest, and costs its bytes', (t) => {
  const backlog = new Backlog()
  const parts = Array.from({ length: 12 }, (_, i) => Buffer.alloc(16 * 1024, `${i}`))
  backlog.append(parts[0]!)
  for (const part of parts.slice(1, 7)) backlog.hold(part.subarray(1, 10_000))
  backlog.append(parts[7]!)
  for (const part of parts.slice(8)) backlog.hold(part.subarray(1, 10))
  const expected = Buffer.concat([
    parts[0]!,
    ...parts.slice(1, 7).map((part) => Buffer.from(part.subarray(1, 10_000))),
    parts[7]!,
    ...parts.slice(8).map((part) => Buffer.from(part.subarray(1, 10))),
  ])
  for (const part of [...parts.slice(1, 7), ...parts.slice(8)]) part.fill('?')
  t.equal(backlog.bytes, expected.length)
  const blocks = drain(t, backlog)
  t.ok(Buffer.concat(blocks).equals(expected))
  t.ok(blocks.length <= 6, `${blocks.length} blocks`)
  t.end()
})

t.test('a part may be added between two that are taken', (t) => {
  const { backlog } = fill([1, 2])
  t.equal(backlog.take()?.length, 1)
  backlog.append(Buffer.from('abc'))
  t.equal(Buffer.concat(drain(t, backlog)).toString(), '11abc')
  t.end()
})

t.test('blocks that were lent do not change', (t) => {
  const { backlog } = fill([1, 2])
  const lent = Buffer.concat(backlog.blocks())
  const [first, second] = backlog.blocks()
  backlog.append(Buffer.from('abc'))
  t.ok(Buffer.concat([first!, second!]).equals(lent))
  t.equal(backlog.takeAll()?.toString(), '011abc')
  t.ok(backlog.isEmpty)
  t.equal(backlog.takeAll(), undefined)
  t.end()
})

t.test('a large part is not copied, a few small ones cost little', (t) => {
  const large = Buffer.alloc(8 * 1024)
  const { backlog } = fill([1, 2])
  backlog.append(large)
  const [, small, last] = backlog.blocks()
  t.equal(last, large)
  t.ok(small!.buffer.byteLength <= 1024, `${small!.buffer.byteLength} bytes for two`)
  const held = new Backlog()
  held.hold(Buffer.alloc(10))
  const [only, ...more] = drain(t, held)
  t.equal(only!.length, 10)
  t.same(more, [])
  t.ok(only!.buffer.byteLength <= 1024, `${only!.buffer.byteLength} bytes for ten`)
  t.end()
})

t.test('of nothing there is no block, and no last one', (t) => {
  const backlog = new Backlog()
  t.equal(backlog.isLast, false)
  t.same(backlog.blocks(), [])
  t.end()
})
