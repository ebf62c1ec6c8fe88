/** Owns a token that the user gives directly. */
import { BadValue } from './bad-value.js'
import { Secret } from './secret.js'

/** Surrounding whitespace is dropped, such as the line end of a file. */
export function parseToken(text: string): Secret {
  const token = text.trim()
  if (!/^[!-~]+$/.test(token)) {
    throw new BadValue('a token: one word, without Bearer in front of it')
  }
  return new Secret(token)
}
