/** Owns a server on loopback that ends with its test. */
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface FakeRequest {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly form: URLSearchParams
}

/** JSON, unless the body is a text. */
export interface FakeAnswer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body: unknown
}

export interface Fake {
  readonly origin: string
  /** What was asked, in order. */
  readonly requests: FakeRequest[]
  readonly server: Server
}

/** `undefined` for an answer leaves the request hanging. */
type Answering = (request: FakeRequest) => FakeAnswer | undefined | Promise<FakeAnswer | undefined>

/** What of tap is needed; a test that ends ends the server. */
interface Ending {
  after(end: () => void): void
}

/** @param tls makes it an https server */
export async function serve(
  t: Ending,
  answer: Answering,
  tls?: { readonly cert: string; readonly key: string },
): Promise<Fake> {
  const requests: FakeRequest[] = []
  const listener: RequestListener = (req, res) => {
    void (async () => {
      const body = await text(req)
      const request = {
        method: req.method ?? '',
        url: new URL(req.url ?? '', 'http://fake'),
        headers: req.headers,
        body,
        form: new URLSearchParams(body),
      }
      requests.push(request)
      const answered = await answer(request)
      if (answered === undefined) return
      const { status = 200, headers = {}, body: content } = answered
      const isText = typeof content === 'string'
      res.writeHead(status, { ...(!isText && { 'content-type': 'application/json' }), ...headers })
      res.end(isText ? content : JSON.stringify(content))
    })()
  }
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const scheme = tls === undefined ? 'http' : 'https'
  return { origin: `${scheme}://127.0.0.1:${port}`, requests, server }
}
