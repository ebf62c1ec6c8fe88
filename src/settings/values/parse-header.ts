/** Owns a header that each request must carry: `NAME: VALUE`, of which the value is a secret. */
import { BadValue } from './bad-value.js'
import { Secret } from './secret.js'

/** `name` is lower-case. */
export interface RequiredHeader {
  readonly name: string
  readonly value: Secret
}

/** By RFC 9110, 5.1 and 5.5: a token, and visible characters with spaces and tabs between them. */
export function parseHeader(text: string): RequiredHeader {
  const match = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([!-~](?:[ -~\t]*[!-~])?)[ \t]*$/.exec(text)
  const [, name, value] = match ?? []
  if (name === undefined || value === undefined) {
    throw new BadValue("'NAME: VALUE' as in an HTTP header")
  }
  return { name: name.toLowerCase(), value: new Secret(value) }
}
