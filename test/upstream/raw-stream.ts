/** Owns one stream of the raw server: what came on it, and what a test says on it. */
import { FLAG, frame, padded, TYPE, uint32 } from './frames.js'
import { encodeFields, type Fields } from './hpack.js'
import type { RawConnection } from './raw-server.js'

export interface HeadersOptions {
  /** END_STREAM. */
  end?: boolean
  /** Bytes of padding. */
  padding?: number
  /** Into so many frames: HEADERS and CONTINUATIONs. */
  frames?: number
}

export class RawStream {
  readonly connection: RawConnection
  readonly id: number
  /** As they came, pseudo fields too. */
  readonly fields: Fields
  /** Bytes of the body that came. */
  bodyBytes = 0
  readonly chunks: Buffer[] = []
  /** END_STREAM came. */
  hasEnded = false
  /** The code of the first RST_STREAM that came. */
  resetCode: number | undefined
  /** What WINDOW_UPDATEs gave us for this stream. */
  credit = 0
  /** What `pour` has sent. */
  poured = 0
  #tellCredit: (() => void) | undefined
  readonly ended: Promise<void>
  readonly reset: Promise<number>
  #tellEnded!: () => void
  #tellReset!: (code: number) => void

  constructor(connection: RawConnection, id: number, fields: Fields) {
    this.connection = connection
    this.id = id
    this.fields = fields
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve
    })
    this.reset = new Promise((resolve) => {
      this.#tellReset = resolve
    })
  }

  field(name: string): string | undefined {
    return this.fields.find(([each]) => each === name)?.[1]
  }

  get method(): string {
    return this.field(':method') ?? ''
  }

  get path(): string {
    return this.field(':path') ?? ''
  }

  get body(): Buffer {
    return Buffer.concat(this.chunks)
  }

  headers(status: number, fields: Fields = [], options: HeadersOptions = {}): this {
    return this.block([[':status', String(status)], ...fields], options)
  }

  trailers(fields: Fields): this {
    return this.block(fields, { end: true })
  }

  block(fields: Fields, { end = false, padding, frames = 1 }: HeadersOptions = {}): this {
    const block = encodeFields(fields)
    const size = Math.ceil(block.length / frames)
    for (let i = 0; i < frames; i++) {
      const isLast = i === frames - 1
      const part = block.subarray(i * size, isLast ? undefined : (i + 1) * size)
      let flags = isLast ? FLAG.endHeaders : 0
      if (i === 0 && end) flags |= FLAG.endStream
      const usePadding = i === 0 && padding !== undefined
      if (usePadding) flags |= FLAG.padded
      const payload = usePadding ? padded(part, padding) : part
      this.connection.send(
        frame(i === 0 ? TYPE.headers : TYPE.continuation, flags, this.id, payload),
      )
    }
    return this
  }

  data(
    body: Buffer | string,
    { end = false, padding }: { end?: boolean; padding?: number } = {},
  ): this {
    const bytes = Buffer.from(body)
    const payload = padding === undefined ? bytes : padded(bytes, padding)
    const flags = (end ? FLAG.endStream : 0) | (padding === undefined ? 0 : FLAG.padded)
    this.connection.send(frame(TYPE.data, flags, this.id, payload))
    return this
  }

  /** Sends so much content, keeping to the window; resolves when all of it is sent. */
  async pour(bytes: number): Promise<void> {
    while (this.poured < bytes) {
      const window = this.connection.clientWindow + this.credit - this.poured
      const length = Math.min(16_384, window, bytes - this.poured)
      if (length > 0) {
        this.poured += length
        this.data(Buffer.alloc(length))
      } else {
        await new Promise<void>((resolve) => {
          this.#tellCredit = resolve
        })
      }
    }
  }

  /** A whole answer. */
  answer(status = 200, body = 'fine', fields: Fields = []): this {
    this.headers(status, fields)
    return this.data(body, { end: true })
  }

  rst(code: number): this {
    this.connection.send(frame(TYPE.rst, 0, this.id, uint32(code)))
    return this
  }

  /** Lets the client send so much more on this stream. */
  window(bytes: number): this {
    this.connection.send(frame(TYPE.windowUpdate, 0, this.id, uint32(bytes)))
    return this
  }

  // What came

  onData(payload: Buffer): void {
    this.bodyBytes += payload.length
    this.chunks.push(payload)
  }

  onEnd(): void {
    this.hasEnded = true
    this.#tellEnded()
  }

  onReset(code: number): void {
    this.resetCode ??= code
    this.#tellReset(code)
  }

  onCredit(bytes: number): void {
    this.credit += bytes
    this.#tellCredit?.()
  }
}
