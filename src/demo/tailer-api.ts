/**
 * Owns the embedded Tailer API: an HTTP/2 server with its own certificate and service account, both
 * created at start and gone at close. The proxy trusts it no more than the real one, and must
 * authenticate just the same.
 */
import { once } from 'node:events'
import {
  createSecureServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { type AddressInfo, isIPv6, type Socket } from 'node:net'
import { type ApiResponse, handleRequest } from './handle-request.js'
import { createCertificateAuthority } from './create-certificate.js'
import {
  createServiceAccount,
  type ServiceAccount,
  type ServiceAccountKeyFile,
} from './create-service-account.js'
import { createTailerState } from './tailer-state.js'
import { createBearerVerifier } from './verify-bearer.js'

/** How long `close` leaves requests in progress before it drops their connections. */
const CLOSE_GRACE_MS = 1_000

export interface TailerApiOptions {
  /** The `aud` that tokens must have. Default: the origin. */
  audience?: string
  /** The clock of tokens and runs, in milliseconds since the epoch. Default: `Date.now`. */
  now?: () => number
  /** How long a launched run is RUNNING. Default: 3 s. */
  runDurationMs?: number
  /** Whose tokens are accepted. Default: a fresh account, whose key takes a moment to create. */
  account?: ServiceAccount
  /** Default: `127.0.0.1`. */
  host?: string
  /** Default: 0, any free one. */
  port?: number
}

export interface TailerApi {
  /** `https://HOST:PORT` */
  readonly origin: string
  /** What a client must trust to connect. */
  readonly caPem: string
  /** The key file of the only account whose tokens are accepted. */
  readonly serviceAccount: ServiceAccountKeyFile
  /** Requests handled so far, and how many of them got 401. */
  readonly requests: Readonly<{ total: number; unauthorized: number }>
  /** Sends GOAWAY, lets requests in progress finish, and drops what is left after a moment. */
  close(): Promise<void>
}

/** Starts it. Rejects with the system's error if it cannot listen. */
export async function createTailerApi(options: TailerApiOptions = {}): Promise<TailerApi> {
  const { now = Date.now, runDurationMs, host = '127.0.0.1', port = 0 } = options
  const [authority, serviceAccount] = await Promise.all([
    createCertificateAuthority(),
    options.account ?? createServiceAccount(),
  ])
  const otherNames = ['localhost', '127.0.0.1', '::1'].filter((name) => name !== host)
  const certificate = await authority.issue({ names: [host, ...otherNames] })

  const server = createSecureServer({
    cert: certificate.certificatePem,
    key: certificate.keyPem,
    allowHTTP1: false,
    // As many as Cloud Run allows on a connection.
    settings: { maxConcurrentStreams: 100 },
  })
  const sockets = new Set<Socket>()
  const sessions = new Set<Http2Session>()
  server.on('connection', (socket: Socket) => {
    track(sockets, socket)
  })
  server.on('session', (session) => {
    track(sessions, session)
  })

  server.listen(port, host)
  await once(server, 'listening')
  const { port: boundPort } = server.address() as AddressInfo
  const origin = `https://${isIPv6(host) ? `[${host}]` : host}:${boundPort}`

  const parts = {
    verifyBearer: createBearerVerifier({
      serviceAccount,
      audience: options.audience ?? origin,
      now,
    }),
    state: createTailerState({ now, runDurationMs }),
  }
  const requests = { total: 0, unauthorized: 0 }

  async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const response = await handleRequest(stream, headers, parts)
    requests.total += 1
    if (response.status === 401) requests.unauthorized += 1
    respond(stream, response, headers[':method'] === 'HEAD')
  }

  server.on('stream', (stream, headers) => {
    // A client that resets a stream harms only itself.
    stream.on('error', ignore)
    void serve(stream, headers)
  })
  // Such as too many open files on accept: the next connection may succeed.
  server.on('error', ignore)

  async function shutDown(): Promise<void> {
    const closed = once(server, 'close')
    server.close()
    for (const session of sessions) session.close()
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, CLOSE_GRACE_MS)
    await closed
    clearTimeout(timer)
  }
  let closing: Promise<void> | undefined

  return {
    origin,
    caPem: authority.certificatePem,
    serviceAccount: serviceAccount.keyFile,
    requests,
    close: () => (closing ??= shutDown()),
  }
}

function respond(stream: ServerHttp2Stream, response: ApiResponse, isHead: boolean): void {
  if (stream.destroyed || stream.closed) return
  const body = Buffer.from(JSON.stringify(response.body))
  stream.respond({
    ':status': response.status,
    'content-type': 'application/json',
    'content-length': body.length,
    ...response.headers,
  })
  stream.end(isHead ? undefined : body)
}

/** Keeps `items` limited to those that are open. */
function track<Item extends Socket | Http2Session>(items: Set<Item>, item: Item): void {
  items.add(item)
  item.once('close', () => items.delete(item))
}

function ignore(): void {
  // Nothing to do, and nobody to tell.
}
