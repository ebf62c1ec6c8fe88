import { isIP } from 'node:net'

/**
 * Owns the TLS server name (RFC 6066 §3): none for an address, and no trailing dot. It is an option
 * of `tls.connect`.
 */
export function serverNameOf(host: string): { servername: string } {
  return { servername: isIP(host) === 0 ? host.replace(/\.$/, '') : '' }
}
