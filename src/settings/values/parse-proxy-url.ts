/** Owns the value of `HTTPS_PROXY` and `ALL_PROXY`. */
import { BadValue } from './bad-value.js'
import { Secret } from './secret.js'

const EXAMPLE = 'a URL like http://proxy.internal:3128'

/** An http or https URL; without a scheme it is http, as in curl. It may contain a password. */
export function parseProxyUrl(text: string): Secret {
  if (/^socks/i.test(text)) {
    const hint =
      'SOCKS proxies are not supported: set HTTPS_PROXY to an HTTP proxy, or unset the variable'
    throw new BadValue(EXAMPLE, hint)
  }
  const url = text.includes('://') ? text : `http://${text}`
  if (!/^https?:\/\/[^\s\\]+$/i.test(url) || !URL.canParse(url)) throw new BadValue(EXAMPLE)
  return new Secret(new URL(url).href)
}
