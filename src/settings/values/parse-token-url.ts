/** Owns the URLs that credentials are sent to: https, or http on loopback. */
import { BadValue } from './bad-value.js'
import { isLoopback } from './is-loopback.js'

/** Without query, fragment or user: the caller adds its own query. */
export function parseTokenUrl(text: string): string {
  const plain = /^https?:\/\/[^\s?#@\\]+$/i.test(text) && URL.canParse(text)
  const url = plain ? new URL(text) : undefined
  if (url === undefined) {
    throw new BadValue('a URL like https://oauth2.googleapis.com/token, without query or user')
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (url.protocol === 'http:' && !isLoopback(host)) {
    throw new BadValue('an https URL (http on loopback only)')
  }
  return url.href
}
