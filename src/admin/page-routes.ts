import type { OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { RequestDetail, RequestsDocument } from './documents.js'
import { errorsDocument } from './error-help.js'
import type { Events } from './events.js'
import type { History } from './history.js'
import type { PageFiles } from './page-files.js'
import { RECENT_LIMIT, type RecentRequests } from './recent-requests.js'

const DEFAULT_LIMIT = 100

/** What the page shows. */
export interface PageSources {
  readonly recent: RecentRequests
  readonly history: History
  readonly events: Events
  /** With `--inspect`: everything about a request; undefined if it is not kept. */
  readonly inspected: ((requestId: string) => RequestDetail | undefined) | undefined
  /** Whether a client is on this machine. */
  readonly isLocalClient: (socket: Socket) => boolean
}

/** In addition to those of the admin listener, for the list of paths. */
export const PAGE_PATHS = ['/requests', '/events', '/history', '/errors']

/**
 * Owns the page for people and its data. It shows individual requests, so all of it is only for
 * clients on this machine, even where the listener is not.
 * @param paths everything that the listener serves
 */
export function addPageRoutes(
  admin: FastifyInstance,
  sources: PageSources,
  paths: readonly string[],
): void {
  const { recent, history, events, inspected, isLocalClient } = sources
  let files: Promise<PageFiles> | undefined
  const loadFiles = (): Promise<PageFiles> =>
    (files ??= import('./page-files.js').then((module) => module.PageFiles.create()))

  void admin.register((routes, _options, done) => {
    routes.addHook('onRequest', (request, reply, next) => {
      if (isLocalClient(request.raw.socket)) next()
      else {
        const detail = 'this is shown to clients on the same machine alone'
        void reply.code(403).send({ status: 'forbidden', detail })
      }
    })
    routes.get('/', async (request, reply) => {
      if (wantsHtml(request) && (await loadFiles()).send('', request, reply)) return reply
      void reply.header('vary', 'Accept')
      return { paths }
    })
    routes.get('/page/:file', async (request, reply) => {
      const { file } = request.params as { file: string }
      if (!(await loadFiles()).send(file, request, reply)) reply.callNotFound()
      return reply
    })
    routes.get('/requests', (request, reply) => {
      const limit = limitOf(request.query as Record<string, unknown>)
      if (limit === undefined) return badLimit(reply)
      const requests = recent.list(limit)
      return { inspect: inspected !== undefined, requests } satisfies RequestsDocument
    })
    routes.get('/requests/:id', (request, reply) => {
      const detail = inspected?.((request.params as { id: string }).id)
      if (detail === undefined) reply.callNotFound()
      else void reply.send(detail)
    })
    routes.get('/history', () => history.read())
    routes.get('/errors', () => errorsDocument())
    routes.get('/events', ({ method }, reply) => {
      if (events.isFull) {
        void reply.code(503).header('retry-after', '5')
        return { status: 'too many listeners', detail: 'close a page that shows this proxy' }
      }
      if (method === 'HEAD') return reply.type('text/event-stream').send()
      reply.hijack()
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as OutgoingHttpHeaders),
        'content-type': 'text/event-stream',
      })
      events.add(reply.raw)
      return reply
    })
    done()
  })
}

function wantsHtml({ headers }: FastifyRequest): boolean {
  return /(?:^|,)\s*text\/html\s*(?:[;,]|$)/i.test(headers.accept ?? '')
}

/** Undefined if it is invalid. */
function limitOf(query: Record<string, unknown>): number | undefined {
  const { limit } = query
  if (limit === undefined) return DEFAULT_LIMIT
  if (typeof limit !== 'string' || !/^[1-9][0-9]{0,2}$/.test(limit)) return undefined
  return Number(limit) <= RECENT_LIMIT ? Number(limit) : undefined
}

function badLimit(reply: FastifyReply): object {
  void reply.code(400)
  return { status: 'bad request', detail: `limit must be a number from 1 to ${RECENT_LIMIT}` }
}
