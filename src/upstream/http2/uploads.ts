import { Roster } from '../../roster.js'
import type { FrameWriter } from './frame-writer.js'
import { DEFAULT_WINDOW } from './frames.js'
import type { Glitches } from './glitches.js'
import { SendWindow } from './send-window.js'

/** Above this, uploads wait until what is queued has been written, in bytes. */
const CONGESTED_BYTES = 128 * 1024

/** An upload in progress. */
export interface SharedUpload {
  /** Its places in the rosters of uploads waiting for the connection's window, and for room. */
  queuedPlace: number
  waitingPlace: number
  /** Sends what the windows allow. */
  pump(): void
  /** Reports that more may be written. */
  drain(): void
}

/**
 * Owns what all uploads of a connection share: its window, whose turn it is when that opens, and
 * which are waiting for the socket.
 */
export class Uploads {
  readonly window = new SendWindow(DEFAULT_WINDOW)
  readonly #frames: FrameWriter
  readonly #glitches: Glitches
  /** Uploads with something to send, and a stream window for it. */
  readonly #queue = new Roster<SharedUpload, 'queuedPlace'>('queuedPlace')
  /** Uploads whose writer is waiting, with nothing left to send. */
  readonly #waiting = new Roster<SharedUpload, 'waitingPlace'>('waitingPlace')

  constructor(frames: FrameWriter, glitches: Glitches) {
    this.#frames = frames
    this.#glitches = glitches
  }

  /** Too much is waiting for the socket. */
  get isCongested(): boolean {
    return this.#frames.pendingBytes > CONGESTED_BYTES
  }

  /** A DATA frame was written. */
  onSent(bytes: number): void {
    this.window.take(bytes)
    this.#glitches.onSent(bytes)
  }

  /** Resumes it in the next `proceed` that finds the connection's window open. */
  queue(upload: SharedUpload): void {
    this.#queue.add(upload)
  }

  /** Drains it when there is room. */
  awaitRoom(upload: SharedUpload): void {
    this.#waiting.add(upload)
  }

  remove(upload: SharedUpload): void {
    this.#queue.delete(upload)
    this.#waiting.delete(upload)
  }

  /**
   * Resumes uploads that a window had stopped, in turn. Called once per read, so that a window
   * opened byte by byte does not cost a frame for each.
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

  /** Lets writers write while there is room. */
  drain(): void {
    if (this.#waiting.size === 0) return
    for (const upload of this.#waiting) {
      if (this.isCongested) return
      this.#waiting.delete(upload)
      upload.drain()
    }
  }
}
