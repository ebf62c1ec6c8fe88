/**
 * Owns restoring private keys that went through `.env` files and secret managers: spaces for line
 * ends, `\n` and `\r\n` as characters, escaped once or twice, enclosing quotes, indented lines.
 * What is unambiguously one PEM block (RFC 7468) becomes that block; anything else is left as it
 * is.
 */
const BLOCK = /^-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----$/
const QUOTES = /^(["'`])([^]*)\1$/

export function normalizePem(text: string): string {
  // A real line end after a backslash comes from a line continuation in a shell script.
  const plain = text.replace(/\\+(?:r\\+n|[rn]|\r?\n)/g, '\n').trim()
  const bare = (QUOTES.exec(plain.replace(/\\+(["'`])/g, '$1'))?.[2] ?? plain).trim()
  return bare.replace(BLOCK, (_, label: string, body: string) => {
    const lines = body.replace(/\s/g, '').replace(/.{1,64}/g, '$&\n')
    return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`
  })
}

export function looksLikePem(text: string): boolean {
  return text.includes('-----BEGIN') && text.includes('PRIVATE KEY')
}
