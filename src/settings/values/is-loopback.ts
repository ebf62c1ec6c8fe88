/** Owns the question whether a host can be reached from this machine alone. */
import { BlockList, isIP } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8) // and ::ffff:127.0.0.0/104, which BlockList reads as the same
LOOPBACK.addAddress('::1', 'ipv6')

/**
 * True for 127.0.0.0/8, `::1`, their IPv4-mapped form and `localhost`; `host` is without brackets.
 * Any other name is not, wherever it leads: DNS can change its mind.
 */
export function isLoopback(host: string): boolean {
  const version = isIP(host)
  if (version === 0) return host.toLowerCase() === 'localhost'
  return LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4')
}
