/** Owns the header that each request must carry: `NAME: VALUE`, with a secret value. */
import { BadValue } from './bad-value.js'
import { Secret } from './secret.js'

/** `name` is lower-case. */
export interface RequiredHeader {
  readonly name: string
  readonly value: Secret
}

/** Fields that HTTP itself uses: we can neither require nor remove them. */
const OF_HTTP =
  /^(host|connection|keep-alive|proxy-connection|transfer-encoding|te|trailer|upgrade|expect|content-.+)$/i

/** RFC 9110 §5.1 and §5.5: a token, and visible characters with spaces and tabs between them. */
export function parseHeader(text: string): RequiredHeader {
  const match = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([!-~](?:[ -~\t]*[!-~])?)[ \t]*$/.exec(text)
  const [, name, value] = match ?? []
  if (name === undefined || value === undefined) {
    throw new BadValue("'NAME: VALUE' as in an HTTP header")
  }
  if (OF_HTTP.test(name)) {
    const hint = `HTTP itself needs ${name.toLowerCase()}: choose a name of your own, like x-local-key`
    throw new BadValue("'NAME: VALUE' with a NAME that HTTP does not use", hint)
  }
  return { name: name.toLowerCase(), value: new Secret(value) }
}
