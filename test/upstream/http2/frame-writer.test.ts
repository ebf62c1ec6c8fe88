import fc from 'fast-check'
import t from 'tap'
import { FrameWriter } from '../../../src/upstream/http2/frame-writer.js'
import { type Frame, FrameReader, PREFACE, TYPE } from '../frames.js'

function read(frames: FrameWriter): Frame[] {
  return new FrameReader().read(Buffer.concat(frames.take()))
}

const shown = ({ type, flags, streamId, payload }: Frame): string =>
  `${type} ${flags} ${streamId} ${payload.toString('hex')}`

t.test('each frame has its form', (t) => {
  const frames = new FrameWriter()
  frames.settings({ ENABLE_PUSH: 0, INITIAL_WINDOW_SIZE: 65_536 })
  frames.settingsAck()
  frames.ping()
  frames.pingAck(Buffer.from('..12345678..'), 2)
  frames.goaway('ENHANCE_YOUR_CALM')
  frames.reset(2 ** 31 - 1, 'CANCEL')
  frames.windowUpdate(7, 2 ** 31 - 1)
  frames.data(5, Buffer.from('..data..'), 2, 4, true)
  frames.data(5, Buffer.alloc(0), 0, 0, false)
  t.strictSame(read(frames).map(shown), [
    '4 0 0 000200000000000400010000',
    '4 1 0 ',
    '6 0 0 0000000000000000',
    '6 1 0 3132333435363738',
    '7 0 0 000000000000000b',
    '3 0 2147483647 00000008',
    '8 0 7 7fffffff',
    '0 1 5 64617461',
    '0 0 5 ',
  ])
  t.equal(frames.take().length, 0)
  frames.preface()
  t.ok(Buffer.concat(frames.take()).equals(PREFACE))
  t.end()
})

t.test('what small frames gather is one part, and a large content is not copied', (t) => {
  const frames = new FrameWriter()
  for (let i = 0; i < 50; i++) frames.data(1, Buffer.alloc(400), 0, 400, false)
  t.equal(frames.pendingBytes, 50 * 409)
  t.equal(frames.take().length, 1)
  const large = Buffer.alloc(16_384)
  frames.data(1, large, 0, large.length, false)
  frames.ping()
  t.equal(frames.pendingBytes, 9 + 16_384 + 17)
  const parts = frames.take()
  t.equal(parts.length, 3)
  t.equal(parts[1]!.buffer, large.buffer)
  t.equal(frames.pendingBytes, 0)
  t.end()
})

t.test('a content of 4 KiB is copied, and one that is larger is not', (t) => {
  const frames = new FrameWriter()
  const content = Buffer.alloc(4_097)
  frames.data(1, content, 0, 4_096, false)
  t.equal(frames.take().length, 1)
  frames.data(1, content, 0, 4_097, false)
  t.equal(frames.take().length, 2)
  t.end()
})

t.test('frames that gather for long are all there', (t) => {
  const frames = new FrameWriter()
  for (let i = 0; i < 5_000; i++) {
    if (i % 500 === 0) frames.data(1, Buffer.alloc(401, 'x'), 0, 401, false)
    frames.ping()
  }
  for (let i = 0; i < 500; i++) frames.data(3, Buffer.alloc(400, 'x'), 0, 400, false)
  const all = read(frames)
  t.equal(all.filter(({ type }) => type === TYPE.ping).length, 5_000)
  const contents = all.filter(({ streamId }) => streamId === 3).map(({ payload }) => payload)
  t.equal(contents.length, 500)
  t.ok(contents.every((each) => each.equals(Buffer.alloc(400, 'x'))))
  t.end()
})

t.test('a header block over the frame size goes on in CONTINUATIONs', (t) => {
  const frames = new FrameWriter()
  for (const length of [0, 1, 16_384, 16_385, 32_768, 50_000, 200_000]) {
    const block = Buffer.alloc(length, 'x')
    frames.beginBlock(length)
    block.copy(frames.slab, frames.blockStart)
    frames.endBlock(3, frames.blockStart + length, 16_384, true)
    frames.ping()
    const all = read(frames)
    t.equal(all.pop()!.type, TYPE.ping)
    t.equal(all.length, Math.max(1, Math.ceil(length / 16_384)))
    t.ok(all.every(({ payload }) => payload.length <= 16_384))
    t.strictSame(
      all.map(({ type, flags }) => [type, flags]),
      all.map((_, i) => [
        i === 0 ? TYPE.headers : TYPE.continuation,
        (i === 0 ? 1 : 0) | (i === all.length - 1 ? 4 : 0),
      ]),
    )
    t.ok(Buffer.concat(all.map(({ payload }) => payload)).equals(block), `${length} bytes`)
  }
  t.end()
})

t.test('whatever is written comes in order, and what was taken stays as it was', (t) => {
  const contents = fc.array(fc.integer({ min: 0, max: 16_384 }), { maxLength: 60 })
  fc.assert(
    fc.property(contents, fc.integer({ min: 1, max: 10 }), (lengths, every) => {
      const frames = new FrameWriter()
      const taken: Buffer[] = []
      for (const [i, length] of lengths.entries()) {
        frames.data(1, Buffer.alloc(length, i), 0, length, false)
        if (i % every === 0) taken.push(...frames.take())
      }
      taken.push(...frames.take())
      const all = new FrameReader().read(Buffer.concat(taken))
      return (
        all.length === lengths.length &&
        all.every(({ payload }, i) => payload.equals(Buffer.alloc(lengths[i]!, i)))
      )
    }),
    { numRuns: 100 },
  )
  t.end()
})
