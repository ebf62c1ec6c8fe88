import type { Settings } from './table.js'
import type { Secret } from './values/secret.js'

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' }

/**
 * Owns which requests go through `HTTPS_PROXY`: all but those to the hosts of `NO_PROXY`. Its
 * items are host names (their subdomains too, with or without a leading `.` or `*.`), addresses,
 * or either with `:PORT`; `*` is every host. As in curl, a name is never resolved to compare it.
 */
export function proxyFor(
  origin: string,
  { httpsProxy, noProxy = '' }: Pick<Settings, 'httpsProxy' | 'noProxy'>,
): Secret | undefined {
  if (httpsProxy === undefined) return undefined
  const { hostname, port, protocol } = new URL(origin)
  const host = hostname.replace(/^\[|\]$/g, '')
  const ports = port === '' ? DEFAULT_PORTS[protocol] : port
  const items = noProxy.toLowerCase().split(/[\s,]+/)
  return items.some((item) => matches(item, host, ports)) ? undefined : httpsProxy
}

function matches(item: string, host: string, port: string | undefined): boolean {
  if (item === '*') return true
  // An IPv6 address has colons of its own, and brackets if a port follows.
  const [, bracketed, plain = item, itemPort] =
    /^(?:\[(.+)\]|([^:]+))(?::([0-9]+))?$/.exec(item) ?? []
  if (itemPort !== undefined && itemPort !== port) return false
  const name = (bracketed ?? plain).replace(/^\*?\./, '')
  return name !== '' && (host === name || host.endsWith(`.${name}`))
}
