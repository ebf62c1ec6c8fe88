import { type ClientHttp2Session, connect, type Settings } from 'node:http2'
import type { Dial } from '../../../src/upstream/dial.js'
import type { ExchangeHandler, RequestHead } from '../../../src/upstream/exchange.js'
import { NodeExchange, type StreamOwner } from './node-exchange.js'

/**
 * Owns one session of `node:http2`, as the oracle: a second client of HTTP/2 that tells of an
 * exchange by the same calls as ours.
 */
export class NodeClient implements StreamOwner {
  readonly #session: ClientHttp2Session
  readonly authority: string
  /** From GOAWAY: streams above it were not processed. */
  lastStreamId = Infinity

  /** Opens the connection, and waits until the server said what it allows. */
  static async connect(origin: string, dial: Dial): Promise<NodeClient> {
    const socket = await dial()
    const session = connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: 1024 * 1024 },
    })
    // Told by the streams; without a listener it would end the process.
    session.on('error', () => undefined)
    await new Promise<Settings>((resolve) => session.once('remoteSettings', resolve))
    return new NodeClient(session, new URL(origin).host)
  }

  private constructor(session: ClientHttp2Session, authority: string) {
    this.#session = session
    this.authority = authority
    session.on('goaway', (_code: number, lastStreamId: number) => {
      this.lastStreamId = lastStreamId
    })
  }

  dispatch(request: RequestHead, handler: ExchangeHandler): void {
    handler.onOpen(new NodeExchange(this, this.#session, request, handler))
  }

  close(): void {
    this.#session.close()
  }
}
