import { createHash, timingSafeEqual } from 'node:crypto'
import { METHODS } from 'node:http'
import type { ProxyErrorCode } from '../errors.js'
import type { Rule } from '../settings/values/parse-rule.js'
import { type AllowedHosts, isHostField } from './allowed-hosts.js'
import { isForwardableTarget } from './request-target.js'
import { isAllowed } from './rules.js'

export interface GuardOptions {
  hosts: AllowedHosts
  /** Browser origins that may call, as browsers write them. */
  origins: readonly string[]
  /** Whether a page of this very listener may call, too; default: no. */
  admitsOwnOrigin?: boolean
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

/** Pass or refuse; and the allowed browser origin, if the request comes from one. */
export interface Verdict {
  readonly refused: ProxyErrorCode | undefined
  readonly origin: string | undefined
  readonly preflight: boolean
  /** It asks for another protocol, which is not taken up. */
  readonly upgrades: boolean
}

export type Guard = (request: GuardedRequest) => Verdict

const PASS: Verdict = {
  refused: undefined,
  origin: undefined,
  preflight: false,
  upgrades: false,
}

/**
 * Fields by which some servers let a request be another than its request line says. Where rules
 * are given, they would pass what was not allowed.
 */
const OVERRIDES: ReadonlySet<string> = new Set([
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-uri',
  'x-original-url',
  'x-rewrite-url',
])

/** Node's parser reads RTSP and ICE too, whose methods these are not. */
const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS.filter((name) => name !== 'SOURCE'))

/**
 * Owns the question who may pass. It is pure and comes first: a request that it refuses has
 * touched neither the token nor the upstream.
 */
export function createGuard(options: GuardOptions): Guard {
  const { hosts, rules, admitsOwnOrigin = false } = options
  const origins = new Set(options.origins)
  const required = options.requiredHeader && {
    name: options.requiredHeader.name,
    digest: digestOf(options.requiredHeader.value),
  }

  return ({ method, target, rawHeaders, httpVersion }) => {
    // To Node's parser 0.9 and 2.0 are versions too.
    if (httpVersion !== '1.1' && httpVersion !== '1.0') return refuse('BAD_REQUEST')
    if (!KNOWN_METHODS.has(method)) return refuse('BAD_REQUEST')
    let host: string | undefined
    let origin: string | undefined
    let fetchSite: string | undefined
    let hasTransferEncoding = false
    let hasContentLength = false
    let expectation: string | undefined
    let isPreflight = false
    let upgrades = false
    let isWebSocket = false
    let isOverridden = false
    let requiredMet: boolean | undefined

    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = (rawHeaders[i] as string).toLowerCase()
      const value = rawHeaders[i + 1] as string
      switch (name) {
        case 'host':
          if (host !== undefined) return refuse('BAD_REQUEST')
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
          if (hasContentLength || !/^[0-9]{1,15}$/.test(value)) return refuse('BAD_REQUEST')
          hasContentLength = true
          break
        case 'transfer-encoding':
          // Node takes `gzip, chunked`, and any in HTTP/1.0; RFC 9112 §6.1 lets us refuse both.
          if (hasTransferEncoding || httpVersion !== '1.1' || value.toLowerCase() !== 'chunked') {
            return refuse('BAD_REQUEST')
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
          isOverridden ||= OVERRIDES.has(name)
      }
      if (required?.name === name) {
        // Of two, both: which of them another server would take is not known.
        requiredMet = timingSafeEqual(digestOf(value), required.digest) && requiredMet !== false
      }
    }

    if (hasTransferEncoding && hasContentLength) return refuse('BAD_REQUEST')
    if (host === undefined || !isHostField(host)) return refuse('BAD_REQUEST')
    if (!hosts.has(host)) return refuse('HOST_NOT_ALLOWED')
    if (method === 'TRACE' || method === 'CONNECT') return refuse('METHOD_NOT_ALLOWED')
    if (!isForwardableTarget(target)) return refuse('BAD_REQUEST')
    if (admitsOwnOrigin && origin === `http://${host}`) origin = undefined
    if (origin !== undefined ? !origins.has(origin) : isCrossSite(fetchSite)) {
      return refuse('ORIGIN_NOT_ALLOWED')
    }
    // A preflight carries no headers of the page's, so it cannot carry the required one.
    if (isPreflight && origin !== undefined) return { ...PASS, origin, preflight: true }
    if (required && !requiredMet) return refuse('HEADER_REQUIRED', origin)
    if (isWebSocket) return refuse('NOT_IMPLEMENTED', origin)
    if (expectation !== undefined && expectation.toLowerCase() !== '100-continue') {
      return refuse('EXPECTATION_FAILED', origin)
    }
    if (rules !== undefined && (isOverridden || !isAllowed(rules, method, target))) {
      return refuse('NOT_ALLOWED', origin)
    }
    return origin === undefined && !upgrades ? PASS : { ...PASS, origin, upgrades }
  }
}

function refuse(refused: ProxyErrorCode, origin?: string): Verdict {
  return { ...PASS, refused, origin }
}

/** A browser says that another site made this request, as in a link or a form (no `Origin`). */
function isCrossSite(fetchSite: string | undefined): boolean {
  return fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none'
}

/** Of equal length for all values, so that comparing tells nothing of theirs. */
function digestOf(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}
