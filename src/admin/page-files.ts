import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Owns the page's files, which the build embeds in this module: they are served from memory, named
 * after their content, and cached by browsers indefinitely. Loaded on first use.
 */

/** The files' texts by name, as JSON; undefined when the sources run unbuilt. */
declare const PAGE_FILES: string | undefined
type PageFile = 'page.js' | 'page.css' | 'icon.svg' | 'page.html'

const TYPES = {
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const

/**
 * Only our own script and style, and no inline code: nothing from a request could run even if it
 * became markup. `connect-src` keeps the page from the proxy, and so from the upstream.
 */
const SECURITY_FIELDS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

interface ServedFile {
  readonly type: string
  readonly plain: Buffer
  readonly compressed: Buffer
}

const compress = promisify(gzip)

export class PageFiles {
  /** By name; the page itself has an empty one. */
  readonly #served = new Map<string, ServedFile>()

  static async create(): Promise<PageFiles> {
    const files = new PageFiles()
    const texts = typeof PAGE_FILES === 'string' ? PAGE_FILES : undefined
    if (texts !== undefined) {
      await files.#prepare(JSON.parse(texts) as Readonly<Record<PageFile, string>>)
    }
    return files
  }

  async #prepare(texts: Readonly<Record<PageFile, string>>): Promise<void> {
    let html = texts['page.html']
    for (const file of ['page.js', 'page.css', 'icon.svg'] as const) {
      const text = texts[file]
      const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)
      const name = file.replace('.', `-${hash}.`)
      html = html.replace(`/page/${file}`, `/page/${name}`)
      await this.#add(name, text, TYPES[file])
    }
    await this.#add('', html, 'text/html; charset=utf-8')
  }

  async #add(name: string, text: string, type: string): Promise<void> {
    const plain = Buffer.from(text)
    const compressed = await compress(plain, { level: constants.Z_BEST_COMPRESSION })
    this.#served.set(name, { type, plain, compressed })
  }

  /** Responds with a file; false if there is none with that name. */
  send(name: string, request: FastifyRequest, reply: FastifyReply): boolean {
    const file = this.#served.get(name)
    if (file === undefined) return false
    const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
    void reply.headers(SECURITY_FIELDS).type(file.type).header('vary', 'Accept, Accept-Encoding')
    // The page is fetched each time; the files it names never change.
    if (name !== '') void reply.header('cache-control', 'public, max-age=31536000, immutable')
    if (takesGzip) void reply.header('content-encoding', 'gzip')
    void reply.send(takesGzip ? file.compressed : file.plain)
    return true
  }
}
