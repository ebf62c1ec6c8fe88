import { isIP } from 'node:net'

/**
 * Owns the name that TLS asks for (RFC 6066 §3): none for an address, and no final dot. It is an
 * option of `tls.connect`.
 */
export function serverNameOf(host: string): { servername: string } {
  return { servername: isIP(host) === 0 ? host.replace(/\.$/, '') : '' }
}
