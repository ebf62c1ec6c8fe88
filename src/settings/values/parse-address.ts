/** Owns the addresses to listen on: `HOST:PORT`, `[::1]:PORT`, `unix:/path`. */
import { isIPv6 } from 'node:net'
import { BadValue } from './bad-value.js'
import { isLoopback } from './is-loopback.js'
import { canonicalHost } from './parse-host.js'

/** `host` is canonical and without brackets; port 0 is any free one; `path` is absolute. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

const WANTS = 'HOST:PORT, [::1]:PORT or unix:/path'

// The shortest sun_path there is (macOS: 104 bytes with its end).
const MAX_UNIX_PATH = 103

export function parseAddress(text: string): Address {
  return text.startsWith('unix:') ? parseUnix(text.slice('unix:'.length)) : parseTcp(text)
}

/** An address, or `off` for none. */
export function parseAddressOrOff(text: string): Address | 'off' {
  return text === 'off' ? 'off' : parseAddress(text)
}

/** Whether only this machine can reach the address. */
export function isLocalAddress(address: Address): boolean {
  return address.kind === 'unix' || isLoopback(address.host)
}

/** As a flag has it. */
export function printAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  return `${isIPv6(address.host) ? `[${address.host}]` : address.host}:${address.port}`
}

function parseTcp(text: string): Address {
  const match = /^(\[[^\]]*\]|[^:]+):([0-9]{1,5})$/.exec(text)
  const host = canonicalHost(match?.[1] ?? '')
  const port = Number(match?.[2])
  if (host === undefined || port > 65_535) throw new BadValue(WANTS)
  return { kind: 'tcp', host, port }
}

function parseUnix(path: string): Address {
  if (!path.startsWith('/') || path.endsWith('/') || /\p{Cc}/u.test(path)) {
    throw new BadValue(`${WANTS}, with an absolute path`)
  }
  if (Buffer.byteLength(path) > MAX_UNIX_PATH) {
    throw new BadValue(`a socket path of at most ${MAX_UNIX_PATH} bytes`)
  }
  return { kind: 'unix', path }
}
