/** Owns the address of Google Cloud's metadata server, for those who run a different one. */
import { BadValue } from './bad-value.js'

/** `HOST` or `HOST:PORT`; a leading `http://` is dropped, as Google's libraries allow it. */
export function parseMetadataHost(text: string): string {
  const host = text.replace(/^http:\/\//i, '')
  const url = `http://${host}/`
  if (!/^[A-Za-z0-9.\-:[\]]+$/.test(host) || !URL.canParse(url)) {
    throw new BadValue('a host like metadata.google.internal or 127.0.0.1:8080')
  }
  return new URL(url).host
}
