/** Owns the HTTP/2 client of these tests, which verifies the certificate like any other. */
import { once } from 'node:events'
import {
  connect as connectHttp2,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { Readable } from 'node:stream'
import type { Test } from 'tap'
import {
  createTailerApi,
  type TailerApi,
  type TailerApiOptions,
} from '../../src/demo/tailer-api.js'
import { signToken } from './sign-token.js'
import { SHARED_ACCOUNT } from './shared-account.js'

export interface Response {
  status: number | undefined
  headers: IncomingHttpHeaders & IncomingHttpStatusHeader
  text: string
}

export interface Client {
  session: ClientHttp2Session
  /** Opens a request that carries a good token unless `headers` says otherwise. */
  open(headers: OutgoingHttpHeaders): ClientHttp2Stream
  /** Sends a request and reads its whole answer. A list is sent in as many DATA frames. */
  send(headers: OutgoingHttpHeaders, body?: string | string[]): Promise<Response>
  /** POSTs JSON and reads JSON. */
  post(path: string, body: unknown): Promise<{ status: number | undefined; body: unknown }>
}

/** Starts an API that ends with the test. */
export async function startApi(t: Test, options?: TailerApiOptions): Promise<TailerApi> {
  const api = await createTailerApi({ account: SHARED_ACCOUNT, ...options })
  t.teardown(() => api.close())
  return api
}

/** Connects, with a token signed at `issuedAt` (default: now). */
export async function connect(t: Test, api: TailerApi, issuedAt?: number): Promise<Client> {
  const token = await signToken(api.serviceAccount, {
    audience: api.origin,
    ...(issuedAt !== undefined && { issuedAt }),
  })
  const session = connectHttp2(api.origin, { ca: api.caPem })
  t.teardown(() => {
    session.destroy()
  })
  await once(session, 'connect')

  const open = (headers: OutgoingHttpHeaders) => {
    // With a body unless the method has none, whatever node:http2 makes of the method.
    const endStream = headers[':method'] === 'GET' || headers[':method'] === 'HEAD'
    return session.request({ authorization: `Bearer ${token}`, ...headers }, { endStream })
  }

  async function send(headers: OutgoingHttpHeaders, body: string | string[] = []) {
    const stream = open(headers)
    const answered = once(stream, 'response')
    if (stream.writable) Readable.from([body].flat()).pipe(stream)
    const [answer] = (await answered) as [Response['headers']]
    return { status: answer[':status'], headers: answer, text: await readText(stream) }
  }

  return {
    session,
    open,
    send,
    async post(path, body) {
      const answer = await send({ ':method': 'POST', ':path': path }, JSON.stringify(body))
      return { status: answer.status, body: JSON.parse(answer.text) as unknown }
    },
  }
}

async function readText(stream: ClientHttp2Stream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
