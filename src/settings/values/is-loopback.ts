/** Owns whether a host can be reached only from this machine. */
import { BlockList, isIPv4, isIPv6 } from 'node:net'

/**
 * True for 127.0.0.0/8, `::1`, their IPv4-mapped form and `localhost`; `host` has no brackets.
 * False for any other name, whatever it resolves to: that can change.
 */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.')
  if (!host.includes(':')) return host.toLowerCase() === 'localhost'
  return isIPv6(host) && isLoopbackIPv6(host)
}

/** Built only when needed, which is seldom: every command calls this at startup. */
function isLoopbackIPv6(address: string): boolean {
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8) // and ::ffff:127.0.0.0/104, which BlockList reads as the same
  loopback.addAddress('::1', 'ipv6')
  return loopback.check(address, 'ipv6')
}
