import type { FrameWriter } from './frame-writer.js'
import { OutgoingBody } from './outgoing-body.js'
import type { SendWindow } from './send-window.js'
import type { SharedUpload, Uploads } from './uploads.js'

/** What an upload needs from its connection. */
export interface UploadHost {
  readonly frames: FrameWriter
  readonly uploads: Uploads
  /** The peer's. */
  readonly maxFrame: number
  /** Something is waiting to be sent. */
  wake(): void
}

/** What an upload reports to its stream. */
export interface UploadSink {
  readonly id: number
  /** END_STREAM was sent. */
  onEndSent(): void
  /** More of the body may be written. */
  onDrain(): void
}

/** Owns one request's body on its way upstream, at the rate the windows and the socket allow. */
export class Upload implements SharedUpload {
  readonly #host: UploadHost
  readonly #sink: UploadSink
  readonly #window: SendWindow
  readonly #body = new OutgoingBody()
  /** The writer was told to wait for `onDrain`. */
  #isWriterWaiting = false
  queuedPlace = -1
  waitingPlace = -1

  constructor(host: UploadHost, sink: UploadSink, window: SendWindow) {
    this.#host = host
    this.#sink = sink
    this.#window = window
  }

  /** @returns false: wait for `onDrain` */
  write(chunk: Buffer): boolean {
    if (this.#body.isEnding) return true
    const { uploads } = this.#host
    this.#body.append(chunk)
    this.pump()
    if (this.#body.isEmpty && !uploads.isCongested) return true
    this.#isWriterWaiting = true
    if (this.#body.isEmpty) uploads.awaitRoom(this)
    return false
  }

  /** Sends the last part, and END_STREAM. */
  end(last?: Buffer): void {
    if (last !== undefined) this.#body.append(last)
    this.#body.end()
    this.pump()
  }

  pump(): void {
    const body = this.#body
    const { frames, uploads, maxFrame } = this.#host
    while (body.isPending) {
      const own = this.#window.available
      const shared = uploads.window.available
      if (!body.isEmpty) {
        // `onWindow` will queue it again.
        if (own <= 0) return
        if (shared <= 0) {
          uploads.queue(this)
          return
        }
      }
      const most = Math.max(0, Math.min(own, shared, maxFrame))
      const sent = body.writeFrame(frames, this.#sink.id, most)
      this.#window.take(sent)
      uploads.onSent(sent)
      this.#host.wake()
      if (body.isSent) this.#sink.onEndSent()
    }
    if (this.#isWriterWaiting) uploads.awaitRoom(this)
  }

  drain(): void {
    this.#isWriterWaiting = false
    this.#sink.onDrain()
  }

  /** Its window moved. */
  onWindow(): void {
    if (this.#body.isPending) this.#host.uploads.queue(this)
  }

  /** Drops the rest. */
  drop(): void {
    this.#body.drop()
    this.#host.uploads.remove(this)
  }
}
