/** Owns the addresses to listen on: `HOST:PORT`, `[::1]:PORT`, `unix:/path`. */
import { BadValue } from './bad-value.js'
import { isLoopback } from './is-loopback.js'
import { canonicalHost } from './parse-host.js'

/** `host` is canonical and without brackets; port 0 is any free one; `path` is absolute. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

const EXPECTED = 'HOST:PORT, [::1]:PORT or unix:/path'

// The shortest sun_path of all systems (macOS: 104 bytes with its terminator).
const MAX_UNIX_PATH = 103

/** @param usualPort for the hint, if there is only a host */
export function parseAddress(text: string, usualPort = 8080): Address {
  if (text.startsWith('unix:')) return parseUnix(text.slice('unix:'.length))
  const address = parseTcp(text)
  if (address === undefined) throw new BadValue(EXPECTED, hintFor(text, usualPort))
  return address
}

const NONE = /^(false|no|none|disabled?|never|-)$/i

/** The admin listener's address, or `off` for none. */
export function parseAddressOrOff(text: string): Address | 'off' {
  if (text === 'off') return 'off'
  if (NONE.test(text)) throw new BadValue(`${EXPECTED}, or off`, 'did you mean off?')
  return parseAddress(text, 9901)
}

/** Whether only this machine can reach the address. */
export function isLocalAddress(address: Address): boolean {
  return address.kind === 'unix' || isLoopback(address.host)
}

/** As written in a flag. */
export function printAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
}

function parseTcp(text: string): Address | undefined {
  const match = /^(\[[^\]]*\]|[^:]+):([0-9]{1,5})$/.exec(text)
  const host = canonicalHost(match?.[1] ?? '')
  const port = Number(match?.[2])
  return host === undefined || port > 65_535 ? undefined : { kind: 'tcp', host, port }
}

/** Repeats only hosts that cannot be anybody's secret. */
function hintFor(text: string, usualPort: number): string | undefined {
  if (/^\/./.test(text)) return 'put unix: in front of the path of a socket'
  const plain = text.replace(/^https?:\/\//i, '').replace(/\/$/, '')
  const [, host, port = usualPort] =
    /^(?!$)(|\*|localhost|127\.[0-9.]+|0\.0\.0\.0|::1|\[::1?\])(?:(?:^|:)([0-9]{1,9}))?$/i.exec(
      plain,
    ) ?? []
  if (host === undefined) return undefined
  if (Number(port) > 65_535) return 'the highest port is 65535'
  return `did you mean ${MEANT[host.toLowerCase()] ?? host}:${port}?`
}

const MEANT: Readonly<Partial<Record<string, string>>> = {
  '': '127.0.0.1',
  '*': '0.0.0.0',
  localhost: '127.0.0.1',
  '::1': '[::1]',
}

function parseUnix(path: string): Address {
  if (!path.startsWith('/') || path.endsWith('/') || /\p{Cc}/u.test(path)) {
    throw new BadValue(`${EXPECTED}, with an absolute path`)
  }
  if (Buffer.byteLength(path) > MAX_UNIX_PATH) {
    throw new BadValue(`a socket path of at most ${MAX_UNIX_PATH} bytes`)
  }
  return { kind: 'unix', path }
}
