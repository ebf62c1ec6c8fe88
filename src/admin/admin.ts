import type { FastifyInstance } from 'fastify'
import type { Guard } from '../access/guard.js'
import type { Callers } from '../access/users/callers.js'
import { turnOf } from '../proxy/conversation.js'
import { createGuardedServer } from '../proxy/guarded-server.js'
import type { Traffic } from '../proxy/traffic.js'
import type { TokenKeeper } from '../token/token-keeper.js'
import type { Metrics } from './metrics.js'
import { addPageRoutes, PAGE_PATHS, type PageSources } from './page-routes.js'
import { reasonsNotReady } from './readiness.js'
import type { StatusDocument } from './documents.js'

export interface AdminOptions {
  /** Checks hosts and origins only: rules and the required header are about the upstream. */
  guard: Guard
  callers: Pick<Callers, 'ask'> | undefined
  metrics: Pick<Metrics, 'contentType' | 'text'>
  status: () => StatusDocument
  traffic: Traffic
  tokens: TokenKeeper
  page: PageSources
}

/** What a load balancer or a kubelet requests; they reveal nothing worth guarding. */
export const PROBES = ['/livez', '/readyz'] as const

/** How long a probe or a scraper may take to send its headers, in milliseconds. */
const HEADERS_TIMEOUT_MS = 5_000

const PATHS = ['/', '/livez', '/readyz', '/metrics', '/status', ...PAGE_PATHS]

/**
 * Owns the admin listener: health, metrics, status and the page. It is a separate server, so that
 * whatever watches the proxy neither waits behind its traffic nor can reach the upstream.
 */
export function createAdmin(options: AdminOptions): FastifyInstance {
  const { guard, callers, metrics, status, traffic, tokens, page } = options
  const admin = createGuardedServer({
    guard,
    callers,
    clientHeaderTimeoutMs: HEADERS_TIMEOUT_MS,
    // It outlives the door while requests drain, and reports that.
    isDraining: () => false,
    onResponded: () => undefined,
  })

  admin.addHook('onRequest', (request, reply, done) => {
    void reply.header('cache-control', 'no-store')
    const origin = turnOf(request.raw)?.corsOrigin
    if (origin !== undefined) {
      void reply.header('access-control-allow-origin', origin).header('vary', 'Origin')
    }
    done()
  })

  admin.get('/livez', () => ({ status: 'alive' }))
  admin.get('/readyz', (_request, reply) => {
    const reasons = reasonsNotReady(traffic, tokens)
    void reply.code(reasons.length === 0 ? 200 : 503)
    return { status: reasons.length === 0 ? 'ready' : 'not ready', reasons }
  })
  admin.get('/metrics', (_request, reply) => {
    void reply.type(metrics.contentType)
    return metrics.text()
  })
  admin.get('/status', () => status())
  addPageRoutes(admin, page, PATHS)
  admin.setNotFoundHandler(({ url }, reply) => {
    const [path = ''] = url.split('?', 1)
    // Wrong method: everything here is read-only.
    if (admin.hasRoute({ method: 'GET', url: path })) {
      void reply.code(405).header('allow', 'GET, HEAD')
      return { status: 'method not allowed' }
    }
    void reply.code(404)
    return { status: 'not found', paths: PATHS }
  })
  return admin
}
