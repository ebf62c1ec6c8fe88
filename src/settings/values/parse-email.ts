/** Owns e-mail addresses of service accounts. */
import { BadValue } from './bad-value.js'

/** The address becomes part of a URL path: no character that would need escaping there. */
export function parseEmail(text: string): string {
  if (text.length > 254 || !/^[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(text)) {
    throw new BadValue('an e-mail address like name@project.iam.gserviceaccount.com')
  }
  return text
}
