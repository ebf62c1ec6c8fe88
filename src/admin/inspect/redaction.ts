export const REDACTED = '[redacted]'

/** This much of a token at the end of a truncated text counts as the token. */
const TELLING_LENGTH = 8
/** How many tokens to remember: requests in progress may still carry them. */
const MAX_TOKENS = 8

/** Headers about an identity: not even their names are shown. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'x-serverless-authorization',
])
const SECRET: ReadonlySet<string> = new Set(['cookie', 'set-cookie'])

/** Owns what must not be shown of a request: our tokens, wherever they occur, and credentials. */
export class Redaction {
  /** Newest last. */
  #tokens: string[] = []
  /** In lower case. */
  readonly #requiredHeader: string | undefined

  constructor(requiredHeader: string | undefined) {
    this.#requiredHeader = requiredHeader
  }

  /** Adds a token that will be sent from now on. */
  learn(token: string): void {
    this.#tokens = [...this.#tokens.filter((known) => known !== token), token].slice(-MAX_TOKENS)
  }

  text(text: string): string {
    let redacted = text
    for (const token of this.#tokens) {
      redacted = redactEnd(redacted.replaceAll(token, REDACTED), token)
    }
    return redacted
  }

  /** @param flat name, value, name, value */
  fields(flat: readonly string[]): [name: string, value: string][] {
    const fields: [string, string][] = []
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string
      const lower = name.toLowerCase()
      if (LEFT_OUT.has(lower)) continue
      const isSecret = SECRET.has(lower) || lower === this.#requiredHeader
      fields.push([this.text(name), isSecret ? REDACTED : this.text(flat[i + 1] as string)])
    }
    return fields
  }
}

/** Redacts a token truncated by the end of the text. */
function redactEnd(text: string, token: string): string {
  for (let length = Math.min(token.length, text.length); length >= TELLING_LENGTH; length--) {
    if (text.endsWith(token.slice(0, length))) return text.slice(0, -length) + REDACTED
  }
  return text
}
