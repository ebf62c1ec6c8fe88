/**
 * Owns an HTTP/2 server that says what a test tells it to say, frame by frame, and notes what it
 * was asked: no library sends what broken networks send. It keeps no rules; tests do.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { closed } from '../closed.js'
import {
  FLAG,
  type Frame,
  frame,
  FrameReader,
  goawayFrame,
  PREFACE,
  settingsFrame,
  type SettingsValues,
  TYPE,
  uint32,
} from './frames.js'
import { HpackDecoder } from './hpack.js'
import { RawStream } from './raw-stream.js'

export interface RawServerOptions {
  /** What each connection begins with. */
  settings?: SettingsValues
  /** Whether windows are opened again as data comes. Default: true. */
  credit?: boolean
  /** Whether PING is answered. Default: true. */
  pong?: boolean
  /** Called with each request when its header came. */
  onRequest?: (stream: RawStream) => void
  /** Called with each connection first of all; true: no SETTINGS are sent, nor acknowledged. */
  onConnection?: (connection: RawConnection) => boolean | undefined
}

export class RawServer {
  readonly options: RawServerOptions
  readonly connections: RawConnection[] = []
  /** In order of arrival, over all connections. */
  readonly requests: RawStream[] = []
  readonly #waiters: { count: number; resolve: () => void }[] = []
  origin = ''
  caPem = ''
  close: () => void = () => undefined

  constructor(options: RawServerOptions) {
    this.options = options
  }

  /** The nth request, from 0, when its header came. */
  async request(index: number): Promise<RawStream> {
    if (this.requests.length <= index) {
      await new Promise<void>((resolve) => {
        this.#waiters.push({ count: index + 1, resolve })
      })
    }
    return this.requests[index]!
  }

  /** Those whose path is this. */
  requestsFor(path: string): RawStream[] {
    return this.requests.filter((request) => request.path === path)
  }

  onRequest(stream: RawStream): void {
    this.requests.push(stream)
    for (const { count, resolve } of this.#waiters) if (this.requests.length >= count) resolve()
    this.options.onRequest?.(stream)
  }
}

/** Starts a server on a free port of 127.0.0.1. */
export async function createRawServer(options: RawServerOptions = {}): Promise<RawServer> {
  const raw = new RawServer(options)
  const authority = await createCertificateAuthority()
  const { certificatePem, keyPem } = await authority.issue({ names: ['127.0.0.1'] })
  const server = createServer({ cert: certificatePem, key: keyPem, ALPNProtocols: ['h2'] })
  server.on('tlsClientError', () => undefined)
  server.on('secureConnection', (socket: TLSSocket) => {
    raw.connections.push(new RawConnection(raw, socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  raw.origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  raw.caPem = authority.certificatePem
  raw.close = () => {
    server.close()
    for (const connection of raw.connections) connection.socket.destroy()
  }
  return raw
}

export class RawConnection {
  readonly server: RawServer
  readonly socket: TLSSocket
  readonly streams = new Map<number, RawStream>()
  /** Every frame that came. */
  readonly counts = new Map<number, number>()
  /** What WINDOW_UPDATEs gave us for the connection. */
  credit = 0
  /** Error codes of the GOAWAYs that came. */
  readonly goaways: number[] = []
  /** What the client lets us send on a stream at first. */
  clientWindow = 65_535
  readonly closed: Promise<unknown>
  /** Those who wait for the answer to a PING of ours. */
  readonly #pinging: (() => void)[] = []
  readonly #reader = new FrameReader()
  readonly #hpack = new HpackDecoder()
  #preface = PREFACE.length
  readonly #isMute: boolean
  #block: { streamId: number; flags: number; parts: Buffer[] } | undefined

  constructor(server: RawServer, socket: TLSSocket) {
    this.server = server
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    this.closed = closed(socket)
    socket.on('data', (chunk: Buffer) => {
      const bytes = chunk.subarray(this.#preface)
      this.#preface = Math.max(0, this.#preface - chunk.length)
      for (const read of this.#reader.read(bytes)) this.#onFrame(read)
    })
    this.#isMute = server.options.onConnection?.(this) === true
    if (!this.#isMute) {
      this.send(settingsFrame({ maxConcurrentStreams: 100, ...server.options.settings }))
    }
  }

  send(...frames: Buffer[]): void {
    if (this.socket.writable) this.socket.write(Buffer.concat(frames))
  }

  /** Resolves when the client has read all that was sent before, and answered it with a PING. */
  async ping(): Promise<void> {
    this.send(frame(TYPE.ping, 0, 0, Buffer.alloc(8)))
    await new Promise<void>((resolve) => {
      this.#pinging.push(resolve)
    })
  }

  goaway(lastStreamId: number, code = 0): void {
    this.send(goawayFrame(lastStreamId, code))
  }

  /** TCP FIN. */
  end(): void {
    this.socket.end()
  }

  /** TCP RST, in the middle of whatever was being said. */
  reset(): void {
    // The TLS socket has no reset of its own, and destroys the one under it in good order.
    const { _parent: tcp } = this.socket as TLSSocket & { _parent?: { resetAndDestroy(): void } }
    if (tcp !== undefined) tcp.resetAndDestroy()
    else this.socket.resetAndDestroy()
  }

  /** The highest stream id that came. */
  get lastStreamId(): number {
    return Math.max(0, ...this.streams.keys())
  }

  #onFrame({ type, flags, streamId, payload }: Frame): void {
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1)
    const stream = this.streams.get(streamId)
    if (type === TYPE.headers) {
      const skip = (flags & FLAG.padded ? 1 : 0) + (flags & FLAG.priority ? 5 : 0)
      const padding = flags & FLAG.padded ? payload[0]! : 0
      const part = payload.subarray(skip, payload.length - padding)
      this.#block = { streamId, flags, parts: [part] }
      if (flags & FLAG.endHeaders) this.#onBlock()
    } else if (type === TYPE.continuation && this.#block !== undefined) {
      this.#block.parts.push(payload)
      if (flags & FLAG.endHeaders) this.#onBlock()
    } else if (type === TYPE.data) {
      stream?.onData(payload)
      if (flags & FLAG.endStream) stream?.onEnd()
      if (payload.length > 0 && this.server.options.credit !== false) {
        const more = uint32(payload.length)
        const both = [0, streamId].map((id) => frame(TYPE.windowUpdate, 0, id, more))
        this.send(...both)
      }
    } else if (type === TYPE.rst) stream?.onReset(payload.readUInt32BE(0))
    else if (type === TYPE.settings) {
      for (let at = 0; at < payload.length; at += 6) {
        if (payload.readUInt16BE(at) === 4) this.clientWindow = payload.readUInt32BE(at + 2)
      }
      if ((flags & FLAG.ack) === 0 && !this.#isMute) this.send(frame(TYPE.settings, FLAG.ack, 0))
    } else if (type === TYPE.ping) {
      if (flags & FLAG.ack) this.#pinging.shift()?.()
      else if (this.server.options.pong !== false) {
        this.send(frame(TYPE.ping, FLAG.ack, 0, payload))
      }
    } else if (type === TYPE.goaway) this.goaways.push(payload.readUInt32BE(4))
    else if (type === TYPE.windowUpdate) {
      if (streamId === 0) this.credit += payload.readUInt32BE(0)
      else stream?.onCredit(payload.readUInt32BE(0))
    }
  }

  #onBlock(): void {
    const { streamId, flags, parts } = this.#block!
    this.#block = undefined
    const fields = this.#hpack.decode(Buffer.concat(parts))
    const known = this.streams.get(streamId)
    const stream = known ?? new RawStream(this, streamId, fields)
    if (flags & FLAG.endStream) stream.onEnd()
    if (known !== undefined) return
    this.streams.set(streamId, stream)
    this.server.onRequest(stream)
  }
}
