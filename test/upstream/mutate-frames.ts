/** Owns what is done to good frames to make bad ones of them. */
import { frame, goawayFrame, settingsFrame, TYPE, uint32 } from './frames.js'
import { encodeFields } from './hpack.js'
import type { Random } from './random.js'

/** The frames of a good answer, in one of several forms. */
export function answerFrames(streamId: number, random: Random): Buffer[] {
  const body = Buffer.alloc(random.below(3) * random.below(2_000), 'b')
  const length: [string, string][] = random.chance(0.5)
    ? [['content-length', String(body.length)]]
    : []
  const block = encodeFields([[':status', '200'], ['x-field', 'value'], ...length])
  const frames: Buffer[] = []
  if (random.chance(0.1)) {
    frames.push(frame(TYPE.headers, 4, streamId, encodeFields([[':status', '103']])))
  }
  if (random.chance(0.2)) {
    const half = block.length >> 1
    frames.push(frame(TYPE.headers, 0, streamId, block.subarray(0, half)))
    frames.push(frame(TYPE.continuation, 4, streamId, block.subarray(half)))
  } else frames.push(frame(TYPE.headers, 4, streamId, block))
  const half = body.length >> 1
  frames.push(frame(TYPE.data, 0, streamId, body.subarray(0, half)))
  if (random.chance(0.2)) {
    frames.push(frame(TYPE.data, 0, streamId, body.subarray(half)))
    frames.push(frame(TYPE.headers, 5, streamId, encodeFields([['x-sum', '42']])))
  } else frames.push(frame(TYPE.data, 1, streamId, body.subarray(half)))
  return frames
}

function anyFrame(streamId: number, random: Random): Buffer {
  const id = random.pick([
    0,
    streamId,
    streamId,
    streamId + 2,
    streamId + 1,
    1,
    99_999,
    2 ** 31 - 1,
  ])
  return random.pick([
    () => frame(random.below(12), random.below(256), id, random.bytes(random.below(40))),
    () => frame(TYPE.windowUpdate, 0, id, uint32(random.pick([0, 1, 2 ** 31 - 1]))),
    () => frame(TYPE.rst, 0, id, uint32(random.below(15))),
    () => frame(TYPE.ping, random.below(2), 0, random.bytes(8)),
    () => goawayFrame(random.pick([0, id, 2 ** 31 - 1]), random.below(14)),
    () => settingsFrame({ initialWindowSize: random.pick([0, 1, 65_535, 2 ** 31 - 1, 2 ** 31]) }),
    () => settingsFrame({ headerTableSize: random.pick([0, 100, 4_096, 2 ** 32 - 1]) }),
    () => settingsFrame({ maxFrameSize: random.pick([0, 16_384, 2 ** 24 - 1, 2 ** 24]) }),
    () => frame(TYPE.headers, random.below(256), id, random.bytes(random.below(60))),
    () => frame(TYPE.continuation, random.below(256), id, random.bytes(random.below(60))),
  ])()
}

/** One to three changes to the frames, then to the bytes they are. */
export function mutate(good: readonly Buffer[], streamId: number, random: Random): Buffer {
  const frames: Buffer[] = good.map((each) => Buffer.from(each))
  const changes = 1 + random.below(3)
  for (let i = 0; i < changes; i++) {
    const at = random.below(frames.length)
    const victim = frames[at]!
    random.pick([
      () => frames.splice(at, 1),
      () => frames.splice(at, 0, victim),
      () => frames.splice(random.below(frames.length), 0, ...frames.splice(at, 1)),
      () => frames.splice(at, 0, anyFrame(streamId, random)),
      () => frames.push(anyFrame(streamId, random)),
      // One field of the frame's header, or a byte of what it carries.
      () => victim.writeUInt8(random.below(256), 3),
      () => victim.writeUInt8(random.below(256), 4),
      () => victim.writeUIntBE(random.below(2 ** 24), 0, 3),
      () => victim.writeUInt8(random.below(40), 2),
      () => victim.writeUInt32BE(random.pick([0, streamId + 1, streamId + 2, 2 ** 32 - 1]), 5),
      () => victim.writeUInt8(random.below(256), random.below(victim.length)),
      () => victim.writeUInt8(random.below(256), random.below(victim.length)),
    ])()
    if (frames.length === 0) frames.push(anyFrame(streamId, random))
  }
  const bytes = Buffer.concat(frames)
  return random.chance(0.2) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes
}
