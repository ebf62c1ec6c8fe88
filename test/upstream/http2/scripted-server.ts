/** Owns the other end of a `ClientConnection`, in memory: what the client says, and what a test says. */
import type { RequestHead } from '../../../src/upstream/exchange.js'
import {
  ClientConnection,
  type ClientEvents,
  type ClientOptions,
} from '../../../src/upstream/http2/client-connection.js'
import {
  type Frame,
  frame,
  FrameReader,
  PREFACE,
  settingsFrame,
  type SettingsValues,
  TYPE,
} from '../frames.js'
import { encodeFields, type Fields, HpackDecoder } from '../hpack.js'
import { Recorded } from '../recorded.js'

export class ScriptedServer implements ClientEvents {
  readonly client: ClientConnection
  readonly #reader = new FrameReader()
  readonly hpack = new HpackDecoder()
  #preface: Buffer = PREFACE
  readonly told: string[] = []
  finished: string | undefined

  constructor(options: Partial<ClientOptions> = {}) {
    this.client = new ClientConnection({ authority: 'api.test', events: this, ...options })
  }

  /** What the client has to say, as frames. Once it is asked for, it has left. */
  read(): Frame[] {
    let bytes = Buffer.concat(this.client.takeOutput())
    const preface = bytes.subarray(0, this.#preface.length)
    if (!preface.equals(this.#preface.subarray(0, preface.length))) throw new Error('no preface')
    bytes = bytes.subarray(preface.length)
    this.#preface = this.#preface.subarray(preface.length)
    const frames = this.#reader.read(bytes)
    this.client.onSent()
    return frames
  }

  send(...frames: Buffer[]): this {
    this.client.receive(Buffer.concat(frames))
    return this
  }

  /** Lets streams be opened. */
  greet(settings: SettingsValues = {}): this {
    this.read()
    this.send(settingsFrame(settings))
    this.read()
    return this
  }

  request(head: Partial<RequestHead> = {}): Recorded {
    const recorded = new Recorded()
    this.client.start({ method: 'GET', path: '/', headers: [], body: null, ...head }, recorded)
    return recorded
  }

  onOutput(): void {
    this.told.push('output')
  }

  onReady(): void {
    this.told.push('ready')
  }

  onRoom(): void {
    this.told.push('room')
  }

  onDraining(): void {
    this.told.push('draining')
  }

  onPong(): void {
    this.told.push('pong')
  }

  onCalmWanted(): void {
    this.told.push('calm')
  }

  onFinished(reason: string): void {
    this.finished = reason
  }
}

/** HEADERS with END_HEADERS. */
export function headers(streamId: number, fields: Fields, flags = 0): Buffer {
  return frame(TYPE.headers, 4 | flags, streamId, encodeFields(fields))
}

export function answer(streamId: number, body = 'fine'): Buffer {
  return Buffer.concat([
    headers(streamId, [[':status', '200']]),
    frame(TYPE.data, 1, streamId, Buffer.from(body)),
  ])
}
