/** Owns the value of `HTTPS_PROXY`. */
import { BadValue } from './bad-value.js'
import { Secret } from './secret.js'

/** An http or https URL; without a scheme it is http, as for curl. It may hold a password. */
export function parseProxyUrl(text: string): Secret {
  const url = text.includes('://') ? text : `http://${text}`
  if (!/^https?:\/\/[^\s\\]+$/i.test(url) || !URL.canParse(url)) {
    throw new BadValue('a URL like http://proxy.internal:3128')
  }
  return new Secret(new URL(url).href)
}
