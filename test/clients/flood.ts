/** Owns responses without end, in frames of any size, as fast as the windows allow. */
import { frame, TYPE } from '../upstream/frames.js'
import type { RawConnection } from '../upstream/raw-server.js'
import type { RawStream } from '../upstream/raw-stream.js'

const LEAD_FRAME_BYTES = 16 * 1024
const WRITE_BYTES = 64 * 1024
/** So much may wait in our own socket. */
const AHEAD_BYTES = 256 * 1024
const STEP_MS = 5
/** Nothing could be sent for so long: it stands. */
const STANDS_MS = 1_000

interface Flooded {
  readonly stream: RawStream
  readonly frames: Frames
  /** Sent first, */
  readonly leadBytes: number
  /** in large frames. */
  readonly lead: Frames
  sent: number
}

interface Frames {
  readonly contentBytes: number
  /** As many as go in one write. */
  readonly bytes: Buffer
}

function framesOf(stream: RawStream, contentBytes: number): Frames {
  const one = frame(TYPE.data, 0, stream.id, Buffer.alloc(contentBytes, 'x'))
  const count = Math.max(1, Math.floor(WRITE_BYTES / one.length))
  return { contentBytes, bytes: Buffer.concat(Array.from({ length: count }, () => one)) }
}

export class Flood {
  readonly #flooded: Flooded[] = []
  /** Sent on each connection. */
  readonly #sent = new Map<RawConnection, number>()
  #lastProgressMs = performance.now()
  #timer: NodeJS.Timeout | undefined
  #turn = 0

  get streams(): number {
    return this.#flooded.length
  }

  get sentBytes(): number {
    return this.#flooded.reduce((sum, { sent }) => sum + sent, 0)
  }

  /** @param leadBytes what goes in large frames at first, since the kernel takes it anyway */
  add(stream: RawStream, frameBytes: number, leadBytes: number): void {
    stream.headers(200, [['content-type', 'application/octet-stream']])
    const frames = framesOf(stream, frameBytes)
    const lead = framesOf(stream, LEAD_FRAME_BYTES)
    this.#flooded.push({ stream, frames, leadBytes, lead, sent: 0 })
    this.#timer ??= setInterval(() => {
      this.#step()
    }, STEP_MS)
  }

  /** Resolves when the windows stay shut. */
  async stands(): Promise<void> {
    this.#lastProgressMs = performance.now()
    while (performance.now() - this.#lastProgressMs < STANDS_MS) {
      await new Promise((resolve) => setTimeout(resolve, STEP_MS))
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #step(): void {
    // Whoever comes first takes what the connection has.
    this.#turn++
    for (let i = 0; i < this.#flooded.length; i++) {
      this.#send(this.#flooded[(i + this.#turn) % this.#flooded.length]!)
    }
  }

  #send(flooded: Flooded): void {
    const { stream, leadBytes, lead } = flooded
    const { connection } = stream
    if (stream.resetCode !== undefined) return
    while (connection.socket.writable && connection.socket.writableLength < AHEAD_BYTES) {
      const { contentBytes, bytes } = flooded.sent < leadBytes ? lead : flooded.frames
      const sent = this.#sent.get(connection) ?? 0
      const room = Math.min(
        connection.clientWindow + stream.credit - flooded.sent,
        65_535 + connection.credit - sent,
      )
      const frameLength = 9 + contentBytes
      const count = Math.min(bytes.length / frameLength, Math.floor(room / contentBytes))
      if (count <= 0) return
      connection.socket.write(bytes.subarray(0, count * frameLength))
      flooded.sent += count * contentBytes
      this.#sent.set(connection, sent + count * contentBytes)
      this.#lastProgressMs = performance.now()
    }
  }
}
