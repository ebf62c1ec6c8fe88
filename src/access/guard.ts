import { createHash, timingSafeEqual } from 'node:crypto'
import { METHODS } from 'node:http'
import type { ProxyErrorCode } from '../errors.js'
import type { Rule } from '../settings/values/parse-rule.js'
import { type AllowedHosts, isHostField } from './allowed-hosts.js'
import { hostFault, methodFault, originFault, userFault } from './faults.js'
import { isForwardableTarget, pathOf, targetFault } from './request-target.js'
import { isAllowed, ruleFault } from './rules.js'
import { shown } from './shown.js'
import type { Caller } from './users/callers.js'

export interface GuardOptions {
  /** `any`: any single Host passes, as on a unix socket, which no web page can reach. */
  hosts: AllowedHosts | 'any'
  /** Allowed browser origins, as browsers write them. */
  origins: readonly string[]
  /** Whether pages from this listener itself may call; default: no. */
  admitsOwnOrigin?: boolean
  /** What may be called; undefined for everything. */
  rules: readonly Rule[] | undefined
  /** A header each request must carry; `name` in lower case. */
  requiredHeader: { name: string; value: string } | undefined
  /** Paths any user may GET, with HTTP/1.0 even without `Host` (load balancers). Default: none. */
  probes?: readonly string[]
}

/** What the guard examines, as parsed. */
export interface GuardedRequest {
  readonly method: string
  readonly target: string
  /** Name, value, name, value, unchanged. */
  readonly rawHeaders: readonly string[]
  readonly httpVersion: string
  /** Whose program is calling; undefined if anyone may. */
  readonly caller?: Caller | undefined
}

/** Pass or refuse; and the allowed browser origin, if the request has one. */
export interface Verdict {
  readonly refused: ProxyErrorCode | undefined
  /** For a person: what about the request is refused, and what to do. */
  readonly detail: string | undefined
  readonly origin: string | undefined
  readonly preflight: boolean
  /** It asks for an upgrade, which is ignored. */
  readonly upgrades: boolean
}

export type Guard = (request: GuardedRequest) => Verdict

const PASS: Verdict = {
  refused: undefined,
  detail: undefined,
  origin: undefined,
  preflight: false,
  upgrades: false,
}

/**
 * Headers that make some servers see a different request than the request line says. With rules,
 * they could let through what is not allowed.
 */
const OVERRIDES: ReadonlySet<string> = new Set([
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-uri',
  'x-original-url',
  'x-rewrite-url',
])

/** Node's parser also reads RTSP and ICE, whose methods are not HTTP's. */
const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS.filter((name) => name !== 'SOURCE'))

/**
 * Owns deciding which requests pass. It is pure and comes first: a request that it refuses has
 * touched neither the token nor the upstream.
 */
export function createGuard(options: GuardOptions): Guard {
  const { hosts, rules, admitsOwnOrigin = false } = options
  const origins = new Set(options.origins)
  const probes = new Set(options.probes)
  const required = options.requiredHeader && {
    name: options.requiredHeader.name,
    digest: digestOf(options.requiredHeader.value),
  }

  const isProbe = (method: string, target: string): boolean =>
    (method === 'GET' || method === 'HEAD') && probes.has(pathOf(target))

  return ({ method, target, rawHeaders, httpVersion, caller }) => {
    if (caller?.isAllowed === false && !isProbe(method, target)) {
      return refuse('USER_NOT_ALLOWED', userFault(caller))
    }
    // Node's parser accepts versions 0.9 and 2.0 too.
    if (httpVersion !== '1.1' && httpVersion !== '1.0') {
      return bad(`HTTP version ${shown(httpVersion)} is not supported: use HTTP/1.1.`)
    }
    if (!KNOWN_METHODS.has(method)) return bad(`The method ${shown(method)} is not an HTTP method.`)
    let host: string | undefined
    let origin: string | undefined
    let fetchSite: string | undefined
    let hasTransferEncoding = false
    let hasContentLength = false
    let expectation: string | undefined
    let isPreflight = false
    let upgrades = false
    let isWebSocket = false
    let override: string | undefined
    let requiredMet: boolean | undefined

    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = (rawHeaders[i] as string).toLowerCase()
      const value = rawHeaders[i + 1] as string
      switch (name) {
        case 'host':
          if (host !== undefined) {
            return bad(`The request has a second Host header, ${shown(value)}: send one.`)
          }
          host = value
          break
        case 'origin':
          // A list of two matches no allowed origin.
          origin = origin === undefined ? value : `${origin}, ${value}`
          break
        case 'sec-fetch-site':
          fetchSite = fetchSite === undefined ? value : `${fetchSite}, ${value}`
          break
        case 'content-length':
          if (hasContentLength) {
            return bad(`The request has a second Content-Length header, ${shown(value)}: send one.`)
          }
          if (!/^[0-9]{1,15}$/.test(value)) {
            return bad(
              `Content-Length ${shown(value)} is not a number of bytes: send digits alone.`,
            )
          }
          hasContentLength = true
          break
        case 'transfer-encoding':
          // Node accepts `gzip, chunked`, and any value in HTTP/1.0; RFC 9112 §6.1 lets us refuse
          // both.
          if (hasTransferEncoding) {
            return bad(
              `The request has a second Transfer-Encoding header, ${shown(value)}: send one.`,
            )
          }
          if (httpVersion !== '1.1') {
            return bad('HTTP/1.0 has no Transfer-Encoding: use HTTP/1.1, or Content-Length.')
          }
          if (value.toLowerCase() !== 'chunked') {
            return bad(`Transfer-Encoding ${shown(value)} is not supported: only "chunked" is.`)
          }
          hasTransferEncoding = true
          break
        case 'expect':
          expectation = expectation === undefined ? value : `${expectation}, ${value}`
          break
        case 'access-control-request-method':
          isPreflight = method === 'OPTIONS'
          break
        case 'upgrade':
          upgrades = true
          isWebSocket ||= /(?:^|,)\s*websocket\s*(?:,|$)/i.test(value)
          break
        default:
          if (OVERRIDES.has(name)) override = name
      }
      if (required?.name === name) {
        // If there are two, both must match: which one another server would use is unknown.
        requiredMet = timingSafeEqual(digestOf(value), required.digest) && requiredMet !== false
      }
    }

    if (hasTransferEncoding && hasContentLength) {
      return bad('The request has both Content-Length and Transfer-Encoding: send one of them.')
    }
    if (host === undefined) {
      if (httpVersion === '1.1' || !isProbe(method, target)) {
        return bad('The request has no Host header: send one.')
      }
    } else if (hosts !== 'any') {
      if (!isHostField(host)) return bad(`Host ${shown(host)} is not a host with an optional port.`)
      if (!hosts.has(host)) return refuse('HOST_NOT_ALLOWED', hostFault(host))
    }
    if (method === 'TRACE' || method === 'CONNECT') {
      return refuse('METHOD_NOT_ALLOWED', methodFault(method))
    }
    if (!isForwardableTarget(target)) return bad(targetFault(target))
    if (admitsOwnOrigin && host !== undefined && origin === `http://${host}`) origin = undefined
    if (origin !== undefined ? !origins.has(origin) : isCrossSite(fetchSite)) {
      return refuse('ORIGIN_NOT_ALLOWED', originFault(origin, fetchSite))
    }
    // A preflight carries none of the page's headers, so it cannot carry the required one.
    if (isPreflight && origin !== undefined) return { ...PASS, origin, preflight: true }
    if (required && !requiredMet) {
      const fault = requiredMet === undefined ? 'is missing' : 'has another value than required'
      const detail = `The header ${shown(required.name)} ${fault} (--require-header).`
      return refuse('HEADER_REQUIRED', detail, origin)
    }
    if (isWebSocket) {
      const detail =
        'Upgrade "websocket": this proxy does not support WebSocket connections. Use plain HTTP.'
      return refuse('NOT_IMPLEMENTED', detail, origin)
    }
    if (expectation !== undefined && expectation.toLowerCase() !== '100-continue') {
      const detail = `Expect ${shown(expectation)} cannot be met: send "100-continue", or none.`
      return refuse('EXPECTATION_FAILED', detail, origin)
    }
    if (rules !== undefined) {
      if (override !== undefined) {
        const detail = `The header ${shown(override)} could make this another request than the rules of this proxy (--allow, --read-only) see: send it without.`
        return refuse('NOT_ALLOWED', detail, origin)
      }
      if (!isAllowed(rules, method, target)) {
        return refuse('NOT_ALLOWED', ruleFault(method, target), origin)
      }
    }
    return origin === undefined && !upgrades ? PASS : { ...PASS, origin, upgrades }
  }
}

function refuse(refused: ProxyErrorCode, detail: string, origin?: string): Verdict {
  return { ...PASS, refused, detail, origin }
}

function bad(detail: string): Verdict {
  return refuse('BAD_REQUEST', detail)
}

/** The browser says that another site made this request, as from a link or a form (no `Origin`). */
function isCrossSite(fetchSite: string | undefined): boolean {
  return fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none'
}

/** Of equal length for all values, so that comparing reveals nothing about them. */
function digestOf(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}
