/**
 * Owns host names and IP addresses without a port: one spelling for each, lower-case, IPv6 without
 * brackets, so that the same value is compared, checked for loopback and listened on.
 */
import { isIPv6 } from 'node:net'
import { BadValue } from './bad-value.js'

// Underscores are not allowed in DNS host names but occur in names of compose services.
const NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/i

/** The canonical form of `text` (`LOCALHOST` → `localhost`, `[0:0::1]` → `::1`), if it is a host. */
export function canonicalHost(text: string): string | undefined {
  const address = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  // Only for what can be one: the first call takes Node five milliseconds.
  if (address.includes(':') && isIPv6(address)) return hostnameOf(`[${address}]`)?.slice(1, -1)
  return NAME.test(text) ? hostnameOf(text) : undefined
}

/** An absolute name (RFC 1034 §3.1) as TLS and `Host` need it: `api.example.` is `api.example`. */
export function withoutFinalDot(host: string): string {
  return host.replace(/(?<=[^.])\.$/, '')
}

/** A `Host` to accept, on any port. */
export function parseHost(text: string): string {
  const host = canonicalHost(withoutFinalDot(text))
  if (host === undefined) {
    throw new BadValue('a host name or IP address without scheme and port, like proxy.internal')
  }
  return host
}

/** As the URL Standard parses it: `127.1` is `127.0.0.1`, `256.0.0.1` is invalid. */
function hostnameOf(host: string): string | undefined {
  const url = `http://${host}`
  return URL.canParse(url) ? new URL(url).hostname : undefined
}
