/** Owns the question whether a host can be reached from this machine alone. */
import { BlockList, isIPv4, isIPv6 } from 'node:net'

/**
 * True for 127.0.0.0/8, `::1`, their IPv4-mapped form and `localhost`; `host` is without brackets.
 * Any other name is not, wherever it leads: DNS can change its mind.
 */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.')
  if (!host.includes(':')) return host.toLowerCase() === 'localhost'
  return isIPv6(host) && isLoopbackIPv6(host)
}

/** Made when it is wanted, which is seldom: this is asked at every start of every command. */
function isLoopbackIPv6(address: string): boolean {
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8) // and ::ffff:127.0.0.0/104, which BlockList reads as the same
  loopback.addAddress('::1', 'ipv6')
  return loopback.check(address, 'ipv6')
}
