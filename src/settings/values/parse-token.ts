/** Owns a token that the user gives as it is. */
import { BadValue } from './bad-value.js'
import { Secret } from './secret.js'

/** Spaces around it are not part of it, such as the line end of a file it was read from. */
export function parseToken(text: string): Secret {
  const token = text.trim()
  if (!/^[!-~]+$/.test(token)) {
    throw new BadValue('a token: one word, without Bearer in front of it')
  }
  return new Secret(token)
}
