import { randomUUID } from 'node:crypto'
import { METHODS, type IncomingMessage } from 'node:http'
import proxy from '@fastify/http-proxy'
import type { FastifyInstance } from 'fastify'
import type { Guard } from '../access/guard.js'
import type { Callers } from '../access/users/callers.js'
import { turnOf } from './conversation.js'
import { EndOfTurn } from './end-of-turn.js'
import { MemoryReturn } from './memory-return.js'
import { Forwarding } from './forwarding.js'
import type { ForwardingContext } from './forwarding-context.js'
import { createGuardedServer } from './guarded-server.js'

export interface DoorOptions {
  guard: Guard
  callers: Pick<Callers, 'ask'> | undefined
  clientHeaderTimeoutMs: number
  context: Omit<ForwardingContext, 'createRequestId' | 'endOfTurn' | 'memoryReturn'>
}

/**
 * Owns the local side: Fastify with @fastify/http-proxy, whose `preHandler` hands each request that
 * passes the guard to a forwarding. Fastify sees neither paths nor bodies: both are forwarded
 * unchanged.
 */
export function createDoor(options: DoorOptions): FastifyInstance {
  const context: ForwardingContext = {
    ...options.context,
    createRequestId: randomUUID,
    endOfTurn: new EndOfTurn(),
    memoryReturn: new MemoryReturn(),
  }
  const { traffic, inspector } = context

  const door = createGuardedServer({
    guard: options.guard,
    callers: options.callers,
    clientHeaderTimeoutMs: options.clientHeaderTimeoutMs,
    isDraining: () => traffic.draining,
    inspector,
    onResponded(outcome, request) {
      traffic.refuse(outcome)
      if (request !== undefined) inspector?.end(request, outcome)
    },
    // The router would decode, normalise or reject paths; ours are taken as bytes from
    // `originalUrl`.
    rewriteUrl: () => '/',
  })
  // As far as Fastify knows no method has a body, so it neither parses one nor checks its content
  // type.
  const methods = METHODS.filter((method) => method !== 'CONNECT')
  for (const method of methods) {
    door.addHttpMethod(method, { hasBody: false, overrideExisting: true })
  }

  void door.register(proxy, {
    upstream: context.upstreamOrigin,
    httpMethods: methods,
    routes: ['/'],
    proxyPayloads: false,
    // Its client is never used; of the three kinds, this one loads nothing.
    http: {},
    // Before the handler, which would parse three URLs to find the destination.
    preHandler({ raw }, reply) {
      reply.hijack()
      const { originalUrl } = raw as IncomingMessage & { originalUrl: string }
      const corsOrigin = turnOf(raw)?.corsOrigin
      new Forwarding(context, raw, reply.raw, originalUrl, corsOrigin).begin()
    },
  })
  return door
}
