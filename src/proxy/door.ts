import { randomUUID } from 'node:crypto'
import { METHODS, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import proxy from '@fastify/http-proxy'
import fastify, { type FastifyInstance } from 'fastify'
import { pathOf } from '../access/request-target.js'
import type { Guard } from '../access/guard.js'
import { codeOf, PROXY_ERRORS, type ProxyErrorCode } from '../errors.js'
import { Forwarding, type ForwardingContext } from './forwarding.js'
import { sendProblem, writeProblem } from './problem.js'
import { keptRequestId } from './request-headers.js'

const MAX_HEADER_BYTES = 16 * 1024
/** How often slow headers are looked for, in milliseconds. */
const CHECK_INTERVAL_MS = 500
/** How long an idle connection of a client is kept, in milliseconds. */
const KEEP_ALIVE_MS = 72_000

export interface DoorOptions {
  guard: Guard
  clientHeaderTimeoutMs: number
  context: Omit<ForwardingContext, 'createRequestId'>
}

/**
 * Owns the local side: Fastify with @fastify/http-proxy, whose `handler` hands each request that
 * the guard lets pass to a forwarding. Fastify sees neither paths nor bodies: both are carried as
 * they come.
 */
export function createDoor(options: DoorOptions): FastifyInstance {
  const { guard } = options
  const context: ForwardingContext = { ...options.context, createRequestId: randomUUID }
  const { traffic } = context

  const door = fastify({
    logger: false,
    // The router would decode, normalise or refuse paths; ours are bytes, in `originalUrl`.
    rewriteUrl: () => '/',
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: options.clientHeaderTimeoutMs,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      insecureHTTPParser: false,
      // Answered by the guard, with a problem document.
      requireHostHeader: false,
    },
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0,
    // A drain answers 503 itself.
    return503OnClosing: false,
    clientErrorHandler: onClientError,
  })
  // More fields than this would be dropped in silence; the guard counts them.
  door.server.maxHeadersCount = 0
  // Both come to the guard first, which is why Node may not answer them by itself.
  for (const event of ['checkContinue', 'checkExpectation']) {
    door.server.on(event, (request: IncomingMessage, response: ServerResponse) => {
      door.server.emit('request', request, response)
    })
  }
  door.server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined)
    writeProblem(socket, 'METHOD_NOT_ALLOWED', { requestId: randomUUID() })
  })

  // To Fastify no method has a body: it neither parses one nor judges its content type.
  const methods = METHODS.filter((method) => method !== 'CONNECT')
  for (const method of methods) {
    door.addHttpMethod(method, { hasBody: false, overrideExisting: true })
  }

  door.addHook('onRequest', (request, reply, done) => {
    const raw = request.raw as IncomingMessage & { originalUrl: string }
    const response = reply.raw
    // For the whole life: a client that breaks off is no error of ours.
    raw.on('error', ignore)
    response.on('error', ignore)
    const verdict = guard({
      method: raw.method ?? '',
      target: raw.originalUrl,
      rawHeaders: raw.rawHeaders,
      httpVersion: raw.httpVersion,
    })
    if (verdict.refused !== undefined || traffic.draining) {
      reply.hijack()
      refuse(raw, response, raw.originalUrl, verdict.refused ?? 'SHUTTING_DOWN')
    } else if (verdict.origin !== undefined) {
      if (verdict.preflight) {
        reply.hijack()
        answerPreflight(raw, response, verdict.origin)
      } else request.corsOrigin = verdict.origin
    }
    done()
  })
  door.decorateRequest('corsOrigin', undefined)

  void door.register(proxy, {
    upstream: context.upstreamOrigin,
    httpMethods: methods,
    routes: ['/'],
    proxyPayloads: false,
    handler(request, reply) {
      reply.hijack()
      const { originalUrl } = request.raw as IncomingMessage & { originalUrl: string }
      new Forwarding(
        context,
        request.raw,
        reply.raw,
        originalUrl,
        request.corsOrigin === undefined ? [] : corsFields(request.corsOrigin),
      ).begin()
    },
  })

  function refuse(
    request: IncomingMessage,
    response: ServerResponse,
    target: string,
    code: ProxyErrorCode,
  ): void {
    const given = request.headersDistinct['x-request-id'] ?? []
    const requestId = keptRequestId(given) ?? randomUUID()
    traffic.refuse({
      requestId,
      method: request.method ?? '',
      path: pathOf(target),
      status: PROXY_ERRORS[code][0],
      durationMs: 0,
      source: 'proxy',
      code,
      reason: undefined,
    })
    sendProblem(request, response, code, { requestId })
  }

  return door
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The allowed browser origin that the request came from. */
    corsOrigin: string | undefined
  }
}

function corsFields(origin: string): string[] {
  return ['access-control-allow-origin', origin, 'vary', 'Origin']
}

function answerPreflight(request: IncomingMessage, response: ServerResponse, origin: string): void {
  const fields = [
    ...corsFields(origin),
    'access-control-allow-methods',
    request.headers['access-control-request-method'] ?? '*',
    'access-control-max-age',
    '600',
  ]
  const wanted = request.headers['access-control-request-headers']
  if (typeof wanted === 'string') fields.push('access-control-allow-headers', wanted)
  response.writeHead(204, fields)
  response.end()
}

/** What the parser could not read. Some of a socket's requests may still be in progress. */
function onClientError(error: Error, socket: Duplex): void {
  const code = codeOf(error)
  const { _httpMessage: current } = socket as { _httpMessage?: ServerResponse }
  if (!socket.writable || code === 'ECONNRESET' || current?.headersSent) {
    socket.destroy()
    return
  }
  const options = { requestId: randomUUID() }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') writeProblem(socket, 'REQUEST_TIMEOUT', options)
  else if (code === 'HPE_HEADER_OVERFLOW') writeProblem(socket, 'HEADERS_TOO_LARGE', options)
  else writeProblem(socket, 'BAD_REQUEST', options)
  // The answer is on its way; what else comes on this connection is not read.
  socket.once('finish', () => {
    socket.destroy()
  })
}

function ignore(): void {
  // Told by `close`, or already answered.
}
