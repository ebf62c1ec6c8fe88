import { Roster } from '../../roster.js'
import type { FrameWriter } from './frame-writer.js'
import { DEFAULT_WINDOW } from './frames.js'
import type { Glitches } from './glitches.js'
import { SendWindow } from './send-window.js'

/** Above this uploads wait until what is queued is on its way, in bytes. */
const CONGESTED_BYTES = 128 * 1024

/** A stream whose body is on its way. */
export interface SharedUpload {
  /** In the rosters of those that wait for the connection's window, and for room. */
  queuedPlace: number
  waitingPlace: number
  /** Sends what the windows allow. */
  pump(): void
  /** Tells that more may be written. */
  drain(): void
}

/**
 * Owns what all uploads of a connection share: its window, whose turn it is when that opens, and
 * who waits for the socket.
 */
export class Uploads {
  readonly window = new SendWindow(DEFAULT_WINDOW)
  readonly #frames: FrameWriter
  readonly #glitches: Glitches
  /** Those that have something to send, and a window of their own for it. */
  readonly #queue = new Roster<SharedUpload, 'queuedPlace'>('queuedPlace')
  /** Those whose writer waits, and that have nothing left to send. */
  readonly #waiting = new Roster<SharedUpload, 'waitingPlace'>('waitingPlace')

  constructor(frames: FrameWriter, glitches: Glitches) {
    this.#frames = frames
    this.#glitches = glitches
  }

  /** More waits for the socket than is good. */
  get isCongested(): boolean {
    return this.#frames.pendingBytes > CONGESTED_BYTES
  }

  /** A DATA frame was written. */
  onSent(bytes: number): void {
    this.window.take(bytes)
    this.#glitches.onSent(bytes)
  }

  /** It is to go on with the next `proceed` that finds the connection's window open. */
  queue(upload: SharedUpload): void {
    this.#queue.add(upload)
  }

  /** It is to be drained when there is room. */
  awaitRoom(upload: SharedUpload): void {
    this.#waiting.add(upload)
  }

  remove(upload: SharedUpload): void {
    this.#queue.delete(upload)
    this.#waiting.delete(upload)
  }

  /**
   * Lets those go on whom a window stopped, in turn. Called once for all that one read brought, so
   * that a window opened byte by byte is not a frame for each.
   */
  proceed(): void {
    if (this.#queue.size > 0) {
      for (const upload of this.#queue) {
        if (this.window.available <= 0) break
        this.#queue.delete(upload)
        upload.pump()
      }
    }
    this.drain()
  }

  /** Lets writers write, while there is room. */
  drain(): void {
    if (this.#waiting.size === 0) return
    for (const upload of this.#waiting) {
      if (this.isCongested) return
      this.#waiting.delete(upload)
      upload.drain()
    }
  }
}
