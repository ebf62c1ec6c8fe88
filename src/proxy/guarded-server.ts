import { randomUUID } from 'node:crypto'
import {
  createServer,
  type IncomingMessage,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { Duplex } from 'node:stream'
import fastify, { type FastifyInstance } from 'fastify'
import { methodFault, userFault } from '../access/faults.js'
import type { Guard, Verdict } from '../access/guard.js'
import type { Callers } from '../access/users/callers.js'
import { codeOf } from '../errors.js'
import { putGateBefore } from './caller-gate.js'
import { afterResponses, beginTurn, conversationOf, endWith, linger } from './conversation.js'
import { corsFields, respondToPreflight } from './cors.js'
import { type ParserFault, parserFaultOf } from './parser-fault.js'
import { sendProblem, writeProblem } from './problem.js'
import type { Inspector } from './inspector.js'
import { outcomeOf } from './own-outcome.js'
import { HTTP_1_1_REQUIRED, type OtherProtocol, otherProtocolOf } from './other-protocol.js'
import { keptRequestId } from './request-headers.js'
import type { Outcome } from './traffic.js'

const HTTP_OPTIONS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  // How often to look for slow headers, in milliseconds.
  connectionsCheckingInterval: 500,
  insecureHTTPParser: false,
  // The guard responds to it, with a problem document.
  requireHostHeader: false,
  // How long an idle client connection is kept, in milliseconds.
  keepAliveTimeout: 72_000,
  // Finds clients that vanished without a word during a long silence in a response.
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
  // Newer versions of Node.js buffer four times as much for each client that does not read.
  highWaterMark: 16 * 1024,
  // Bodies may take their time; whoever reads one notices when it stalls.
  requestTimeout: 0,
}

/**
 * How many requests may follow one that ended the connection. Node keeps each until the connection
 * closes, which an earlier response can delay for as long as it lasts.
 */
const MAX_IGNORED = 1_000

const SURPLUS_DETAIL =
  'Too many connections to this proxy are open: close those that are not used, or try again shortly.'

export interface GuardedServerOptions {
  guard: Guard
  /** Says whose program is at the other end of each connection; undefined: anyone may call. */
  callers: Pick<Callers, 'ask'> | undefined
  clientHeaderTimeoutMs: number
  /** While true, requests that pass the guard get `SHUTTING_DOWN`. */
  isDraining: () => boolean
  /** Called for each request that got its response here rather than from a route. */
  onResponded: (outcome: Outcome, request: IncomingMessage | undefined) => void
  /** Sees each request in full. */
  inspector?: Inspector | undefined
  /** The path the router sees; default: the request's. */
  rewriteUrl?: () => string
}

/**
 * Owns what protects every listener: Node's parser at its strictest, then the guard. Routes added
 * to the instance see only requests that passed both.
 */
export function createGuardedServer(options: GuardedServerOptions): FastifyInstance {
  const { guard, callers, clientHeaderTimeoutMs, isDraining, onResponded, rewriteUrl, inspector } =
    options
  const server = fastify({
    // Otherwise Fastify loads two schema compilers, a quarter of all its code.
    schemaController: {
      compilersFactory: { buildValidator: noSchema, buildSerializer: noSchema },
    },
    ...(rewriteUrl && { rewriteUrl }),
    serverFactory: (handle) =>
      createServer(
        { ...HTTP_OPTIONS, headersTimeout: clientHeaderTimeoutMs },
        (request, response) => {
          if (admit(request, response)) handle(request, response)
        },
      ),
    // The drain sends 503 itself.
    return503OnClosing: false,
    clientErrorHandler: onClientError,
  })
  const http = server.server
  // Any limit would drop further fields silently; the guard counts them.
  http.maxHeadersCount = 0
  // Both go through the guard first, so Node must not respond to them by itself.
  for (const event of ['checkContinue', 'checkExpectation']) {
    http.on(event, (request: IncomingMessage, response: ServerResponse) => {
      http.emit('request', request, response)
    })
  }
  http.on('connect', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', ignore)
    const { isOver, caller } = conversationOf(socket)
    if (isOver) return
    if (caller?.isAllowed === false) {
      respondUnread(socket, { code: 'USER_NOT_ALLOWED', detail: userFault(caller) }, request)
    } else {
      respondUnread(socket, { code: 'METHOD_NOT_ALLOWED', detail: methodFault('CONNECT') }, request)
    }
  })
  if (callers !== undefined) {
    const gate = putGateBefore(http, callers)
    server.addHook('preClose', (done) => {
      gate.close()
      done()
    })
  }

  /** Whether a request may go on to Fastify; if not, it has its response. */
  function admit(request: IncomingMessage, response: ServerResponse): boolean {
    // For its whole life: a client that disconnects is no error of ours.
    request.on('error', ignore)
    response.on('error', ignore)
    const conversation = conversationOf(request.socket)
    if (conversation.isOver) {
      if (++conversation.ignored > MAX_IGNORED) request.socket.destroy()
      else request.resume()
      return false
    }
    inspector?.begin(request, response)
    const { method = '', url: target = '', rawHeaders, httpVersion } = request
    const { caller } = conversation
    const verdict = guard({ method, target, rawHeaders, httpVersion, caller })
    const { origin } = verdict
    beginTurn(conversation, request, response, origin)
    if (verdict.refused !== undefined || isDraining()) {
      refuse(request, response, verdict)
      return false
    }
    if (conversation.isSurplus) {
      refuse(request, response, { ...verdict, refused: 'OVERLOADED', detail: SURPLUS_DETAIL })
      return false
    }
    if (verdict.preflight && origin !== undefined) {
      respondToPreflight(request, response, origin)
      onResponded({ ...outcomeOf(randomUUID(), undefined, caller, request), status: 204 }, request)
      return false
    }
    // Node drops whatever it has read after an upgrade that is not accepted (`h2c`): the next
    // request could begin in the middle of another.
    if (verdict.upgrades) endWith(response)
    return true
  }

  function refuse(
    request: IncomingMessage,
    response: ServerResponse,
    { refused: code = 'SHUTTING_DOWN', detail, origin }: Verdict,
  ): void {
    // Node joins several into one text with commas, which is never kept.
    const given = request.headers['x-request-id']
    const requestId = (typeof given === 'string' && keptRequestId(given)) || randomUUID()
    const outcome = outcomeOf(requestId, code, conversationOf(request.socket).caller, request)
    const bytesDown = sendProblem(request, response, code, {
      requestId,
      detail,
      isLast: conversationOf(request.socket).isSurplus,
      headers: origin === undefined ? [] : corsFields(origin),
    })
    const tell = (): void => {
      onResponded({ ...outcome, bytesDown }, request)
    }
    // One that waits behind a response that ends the connection is never sent, and not reported.
    if (response.socket === null) response.once('finish', tell)
    else tell()
  }

  /** The parser could not read the request: the rest of the connection is lost with it. */
  function onClientError(error: Error, socket: Duplex): void {
    const code = codeOf(error)
    const conversation = conversationOf(socket)
    // A socket that was reset is not: Node destroys it before it reports the error.
    if (!socket.writable) {
      socket.destroy()
      return
    }
    // The parser repeats the error for whatever else arrives.
    if (conversation.isOver) return
    const { newest } = conversation
    // Opened in advance, and never used.
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT' && 'bytesRead' in socket && socket.bytesRead === 0) {
      socket.destroy()
      return
    }
    const fault = parserFaultOf(error, socket, clientHeaderTimeoutMs)
    if (newest !== undefined && !newest.request.complete) {
      conversation.isOver = true
      // The response may have been sent before the request ended.
      if (newest.response.writableFinished) linger(socket)
      else if (newest.responder === undefined) socket.destroy()
      else newest.responder.abort(fault)
    } else {
      const protocol = newest === undefined ? otherProtocolOf(error) : undefined
      respondUnread(socket, fault, undefined, protocol)
    }
  }

  /** Responds, when it is its turn, to what never became a request for Fastify. */
  function respondUnread(
    socket: Duplex,
    { code, detail, isGone = false, durationMs = 0 }: ParserFault,
    request: IncomingMessage | undefined,
    protocol?: OtherProtocol,
  ): void {
    const conversation = conversationOf(socket)
    conversation.isOver = true
    const reason = protocol === undefined ? undefined : `the client speaks ${protocol}`
    afterResponses(conversation, () => {
      if (!socket.writable) return
      const requestId = randomUUID()
      let bytesDown = 0
      if (protocol === 'HTTP/2') socket.write(HTTP_1_1_REQUIRED)
      else bytesDown = writeProblem(socket, code, { requestId, detail })
      const outcome = outcomeOf(requestId, code, conversation.caller, request)
      const startedAtMs = outcome.startedAtMs - durationMs
      const seen = isGone ? ({ status: 499, code: 'CLIENT_CLOSED' } as const) : undefined
      onResponded({ ...outcome, ...seen, startedAtMs, durationMs, reason, bytesDown }, request)
      linger(socket)
    })
  }

  return server
}

function ignore(): void {
  // Either `close` reports it, or a response was sent already.
}

function noSchema(): never {
  throw new Error('no route has a schema')
}
