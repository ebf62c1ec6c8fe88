import { BlockList, isIP, isIPv6 } from 'node:net'
import type { Settings } from '../table.js'
import type { Secret } from '../values/secret.js'

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' }

/**
 * Owns which requests go through `HTTPS_PROXY`: all except those to hosts in `NO_PROXY`. Its items
 * are host names (including subdomains, with or without a leading `.` or `*.`, or the trailing dot
 * of an absolute name) or addresses, either with `:PORT`; networks like `10.0.0.0/8`; `*` is every
 * host. As in curl, names are never resolved for the comparison.
 */
export function proxyFor(
  origin: string,
  { httpsProxy, noProxy = '' }: Pick<Settings, 'httpsProxy' | 'noProxy'>,
): Secret | undefined {
  if (httpsProxy === undefined) return undefined
  const { hostname, port, protocol } = new URL(origin)
  const host = hostname.replace(/^\[|\]$|\.$/g, '')
  const ports = port === '' ? DEFAULT_PORTS[protocol] : port
  const items = noProxy.toLowerCase().split(/[\s,]+/)
  return items.some((item) => matches(item, host, ports)) ? undefined : httpsProxy
}

/** The proxy's URL for a log or a report. */
export function printProxy(proxy: Secret): string {
  const { protocol, host, username, password } = new URL(proxy.reveal())
  const withUser = username + password === '' ? '' : ', with user and password'
  return `${protocol}//${host}${withUser}`
}

function matches(item: string, host: string, port: string | undefined): boolean {
  if (item === '*') return true
  if (item.includes('/')) return isInNetwork(host, item)
  // An IPv6 address contains colons, and is in brackets if a port follows.
  const [, bracketed, plain = item, itemPort] =
    /^(?:\[(.+)\]|([^:]+))(?::([0-9]+))?$/.exec(item) ?? []
  if (itemPort !== undefined && itemPort !== port) return false
  const name = (bracketed ?? plain).replace(/^\*?\.|\.$/g, '')
  return name !== '' && (host === name || host.endsWith(`.${name}`))
}

function isInNetwork(host: string, network: string): boolean {
  const [, address = '', bits = ''] = /^([^/]+)\/([0-9]{1,3})$/.exec(network) ?? []
  const type = isIPv6(address) ? 'ipv6' : 'ipv4'
  const isWhole = isIP(address) !== 0 && Number(bits) <= (type === 'ipv6' ? 128 : 32)
  if (!isWhole || isIP(host) !== isIP(address)) return false
  const list = new BlockList()
  list.addSubnet(address, Number(bits), type)
  return list.check(host, type)
}
