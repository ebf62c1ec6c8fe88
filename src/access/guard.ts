import { createHash, timingSafeEqual } from 'node:crypto'
import type { ProxyErrorCode } from '../errors.js'
import type { Rule } from '../settings/values/parse-rule.js'
import type { AllowedHosts } from './allowed-hosts.js'
import { isForwardableTarget, pathOf } from './request-target.js'
import { isAllowed } from './rules.js'

/** More header fields than any client has a use for; the 16 KiB limit alone would allow 4,000. */
const MAX_FIELDS = 128

export interface GuardOptions {
  hosts: AllowedHosts
  /** Browser origins that may call, as browsers write them. */
  origins: readonly string[]
  /** What may be called; undefined is everything. */
  rules: readonly Rule[] | undefined
  /** A field each request must carry; `name` in lower case. */
  requiredHeader: { name: string; value: string } | undefined
}

/** What the guard looks at, as the parser gives it. */
export interface GuardedRequest {
  readonly method: string
  readonly target: string
  /** Name, value, name, value, as they came. */
  readonly rawHeaders: readonly string[]
  readonly httpVersion: string
}

/** Pass or refuse. A request of an allowed browser origin passes with that `origin`. */
export type Verdict =
  | { readonly refused: ProxyErrorCode }
  | {
      readonly refused: undefined
      readonly origin: string | undefined
      readonly preflight: boolean
    }

export type Guard = (request: GuardedRequest) => Verdict

const PASS: Verdict = { refused: undefined, origin: undefined, preflight: false }

/**
 * Owns the question who may pass. It is pure and comes first: a request that it refuses has
 * touched neither the token nor the upstream.
 */
export function createGuard(options: GuardOptions): Guard {
  const { hosts, rules } = options
  const origins = new Set(options.origins)
  const required = options.requiredHeader && {
    name: options.requiredHeader.name,
    digest: digestOf(options.requiredHeader.value),
  }

  return ({ method, target, rawHeaders, httpVersion }) => {
    if (rawHeaders.length > 2 * MAX_FIELDS) return { refused: 'HEADERS_TOO_LARGE' }
    let host: string | undefined
    let origin: string | undefined
    let fetchSite: string | undefined
    let hasTransferEncoding = false
    let hasContentLength = false
    let expectation: string | undefined
    let isPreflight = false
    let isWebSocket = false
    let requiredMet = required === undefined

    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = (rawHeaders[i] as string).toLowerCase()
      const value = rawHeaders[i + 1] as string
      switch (name) {
        case 'host':
          if (host !== undefined) return { refused: 'BAD_REQUEST' }
          host = value
          break
        case 'origin':
          // Two origins are none that could be allowed.
          origin = origin === undefined ? value : `${origin}, ${value}`
          break
        case 'sec-fetch-site':
          fetchSite = fetchSite === undefined ? value : `${fetchSite}, ${value}`
          break
        case 'content-length':
          if (hasContentLength || !/^[0-9]+$/.test(value)) return { refused: 'BAD_REQUEST' }
          hasContentLength = true
          break
        case 'transfer-encoding':
          // Node takes `gzip, chunked`, and any in HTTP/1.0; RFC 9112 §6.1 lets us refuse both.
          if (hasTransferEncoding || httpVersion !== '1.1' || value.toLowerCase() !== 'chunked') {
            return { refused: 'BAD_REQUEST' }
          }
          hasTransferEncoding = true
          break
        case 'expect':
          expectation = value
          break
        case 'access-control-request-method':
          isPreflight = method === 'OPTIONS'
          break
        case 'upgrade':
          isWebSocket ||= /(?:^|,)\s*websocket\s*(?:,|$)/i.test(value)
          break
      }
      if (required?.name === name) {
        requiredMet = timingSafeEqual(digestOf(value), required.digest)
      }
    }

    if (!host) return { refused: 'BAD_REQUEST' }
    if (hasTransferEncoding && hasContentLength) return { refused: 'BAD_REQUEST' }
    if (!hosts.has(host)) return { refused: 'HOST_NOT_ALLOWED' }
    if (method === 'TRACE' || method === 'CONNECT') return { refused: 'METHOD_NOT_ALLOWED' }
    if (!isForwardableTarget(target)) return { refused: 'BAD_REQUEST' }
    if (origin !== undefined ? !origins.has(origin) : isCrossSite(fetchSite)) {
      return { refused: 'ORIGIN_NOT_ALLOWED' }
    }
    // A preflight carries no headers of the page's, so it cannot carry the required one.
    if (isPreflight && origin !== undefined) return { refused: undefined, origin, preflight: true }
    if (!requiredMet) return { refused: 'HEADER_REQUIRED' }
    if (isWebSocket) return { refused: 'NOT_IMPLEMENTED' }
    if (expectation !== undefined && expectation.toLowerCase() !== '100-continue') {
      return { refused: 'EXPECTATION_FAILED' }
    }
    if (rules !== undefined && !isAllowed(rules, method, pathOf(target))) {
      return { refused: 'NOT_ALLOWED' }
    }
    return origin === undefined ? PASS : { refused: undefined, origin, preflight: false }
  }
}

/** A browser says that another site made this request, as in a link or a form (no `Origin`). */
function isCrossSite(fetchSite: string | undefined): boolean {
  return fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none'
}

/** Of equal length for all values, so that comparing tells nothing of theirs. */
function digestOf(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}
