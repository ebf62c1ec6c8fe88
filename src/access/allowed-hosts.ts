/** The machine's names for itself. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1']

/** `host` or `host:port`; the host is a name, an IPv4 address or an IPv6 address in brackets. */
const HOST_FIELD = /^(?:\[([0-9A-Fa-f:.]+)\]|([\w!$&'()*+,;=~%.-]+?)\.?)(?::[0-9]{0,5})?$/

/** Whether it is valid (RFC 3986 §3.2.2, without the address forms that nobody uses). */
export function isHostField(field: string): boolean {
  return HOST_FIELD.test(field)
}

/**
 * Owns which `Host` names are accepted, on any port, against DNS rebinding (a page's own domain
 * that suddenly resolves to 127.0.0.1).
 */
export class AllowedHosts {
  readonly #names: ReadonlySet<string>

  /** @param names lower-case, IPv6 without brackets, in addition to the loopback names */
  constructor(names: readonly string[]) {
    this.#names = new Set([...LOOPBACK_NAMES, ...names])
  }

  /** @param field the value of a `Host` field or the authority of an origin */
  has(field: string): boolean {
    const [, ipv6, name] = HOST_FIELD.exec(field) ?? []
    return this.#names.has((ipv6 ?? name ?? '').toLowerCase())
  }

  /** Whether a URL in `Origin` or `Referer` is a page on this machine. */
  isLocalPage(url: string): boolean {
    const [, authority] = /^https?:\/\/([^/?#]*)/i.exec(url) ?? []
    return authority !== undefined && this.has(authority)
  }
}
