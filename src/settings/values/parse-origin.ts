/** Owns origins: the upstream's, and those of web pages that may use the proxy. */
import { BadValue } from './bad-value.js'
import { canonicalHost, withoutFinalDot } from './parse-host.js'

// `new URL` alone is too lenient: it accepts `https:host`, backslashes, tabs, users, paths.
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/(\[[^\]]*\]|[^:/]+)(?::([0-9]{1,5}))?\/?$/i

/** The upstream: `https://host[:port]`, without a default port or a trailing slash. */
export function parseHttpsOrigin(text: string): string {
  const origin = canonicalOrigin(text, withoutFinalDot)
  // Nothing listens on port 0, which requests any free port.
  if (!origin?.startsWith('https://') || new URL(origin).port === '0') {
    throw new BadValue('an https origin like https://api.example.com, without path, query or user')
  }
  return origin
}

/** An `Origin` that browsers send; schemes other than http are for extensions and the like. */
export function parseOrigin(text: string): string {
  const origin = canonicalOrigin(text)
  if (origin === undefined) {
    throw new BadValue('an origin like http://localhost:3000, and neither * nor null')
  }
  return origin
}

/** @param spelled adjusts the host first: a browser's origin keeps its trailing dot */
function canonicalOrigin(text: string, spelled = (host: string) => host): string | undefined {
  const [, scheme = '', host = '', port] = ORIGIN.exec(text) ?? []
  const canonical = canonicalHost(spelled(host))
  if (canonical === undefined) return undefined
  const authority = canonical.includes(':') ? `[${canonical}]` : canonical
  const url = `${scheme.toLowerCase()}://${authority}${port === undefined ? '' : `:${port}`}`
  if (!URL.canParse(url)) return undefined
  // The URL Standard gives `null` as the origin for schemes it does not know.
  const { origin } = new URL(url)
  return origin === 'null' ? url : origin
}
