/** Owns frames as bytes (RFC 9113 §4.1 and §6), well formed or not. */

export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  rst: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const

/** RFC 9113 §7, by number. */
export const ERROR_CODES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const
export const REFUSED_STREAM = 7
export const CANCEL = 8

/** Ids of settings (RFC 9113 §6.5.2). */
export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const
export type SettingsValues = Partial<Record<keyof typeof SETTING, number>>

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly streamId: number
  readonly payload: Buffer
}

/** @param length what the frame says of its payload's length; default: the truth */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = Buffer.alloc(0),
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(streamId, 5)
  return Buffer.concat([head, payload])
}

export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, i * 4)
  return bytes
}

export function settingsFrame(values: SettingsValues = {}): Buffer {
  const entries = Object.entries(values) as [keyof typeof SETTING, number][]
  const payload = Buffer.alloc(entries.length * 6)
  for (const [i, [name, value]] of entries.entries()) {
    payload.writeUInt16BE(SETTING[name], i * 6)
    payload.writeUInt32BE(value, i * 6 + 2)
  }
  return frame(TYPE.settings, 0, 0, payload)
}

export function goawayFrame(lastStreamId: number, code: number): Buffer {
  return frame(TYPE.goaway, 0, 0, uint32(lastStreamId, code))
}

export function padded(payload: Buffer, padding: number): Buffer {
  return Buffer.concat([Buffer.of(padding), payload, Buffer.alloc(padding)])
}

/** Cuts what arrives into frames; the client's preface must have been taken off. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)

  /** Whether what came so far ends with a frame. */
  get isWhole(): boolean {
    return this.#rest.length === 0
  }

  read(chunk: Buffer): Frame[] {
    const frames: Frame[] = []
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    for (;;) {
      const end = bytes.length < 9 ? Infinity : 9 + bytes.readUIntBE(0, 3)
      if (bytes.length < end) break
      frames.push({
        type: bytes[3]!,
        flags: bytes[4]!,
        streamId: bytes.readUInt32BE(5) & 0x7fffffff,
        payload: bytes.subarray(9, end),
      })
      bytes = bytes.subarray(end)
    }
    this.#rest = bytes
    return frames
  }
}
