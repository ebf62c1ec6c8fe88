/**
 * Owns a second opinion on what bytes spell: a small strict reader of HTTP/1.1 requests, written
 * after RFC 9112 alone. It shares nothing with the proxy, and knows nothing of its answers.
 */

export interface Spelled {
  readonly method: string
  readonly target: string
  /** Latin-1. */
  readonly body: string
  readonly fields: readonly (readonly [name: string, value: string])[]
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
// More than one space is read as one: RFC 9112 §3 leaves that to the recipient.
const REQUEST_LINE = new RegExp(`^(${TOKEN}) +([\\x21-\\x7e]+) +HTTP/1\\.[01]$`)
const FIELD = new RegExp(`^(${TOKEN}):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*?)[ \\t]*$`)

/** All requests that `bytes` begin with, up to the first that is incomplete or malformed. */
export function readRequests(bytes: string): Spelled[] {
  const requests: Spelled[] = []
  let at = 0
  for (;;) {
    while (bytes[at] === '\r' || bytes[at] === '\n') at++
    const end = bytes.indexOf('\r\n\r\n', at)
    if (end === -1) return requests
    const [requestLine = '', ...fieldLines] = bytes.slice(at, end).split('\r\n')
    const [, method, target] = REQUEST_LINE.exec(requestLine) ?? []
    const fields = fieldLines.map((line) => FIELD.exec(line))
    if (method === undefined || target === undefined || fields.includes(null)) return requests
    const pairs = fields.map((match) => [match![1]!.toLowerCase(), match![2]!] as const)
    const body = readBody(bytes.slice(end + 4), pairs)
    if (body === undefined) return requests
    requests.push({ method, target, body: body.text, fields: pairs })
    at = end + 4 + body.length
  }
}

type Body = { text: string; length: number } | undefined

function readBody(rest: string, fields: readonly (readonly [string, string])[]): Body {
  const lengths = fields.filter(([name]) => name === 'content-length').map(([, value]) => value)
  const codings = fields.filter(([name]) => name === 'transfer-encoding').map(([, value]) => value)
  if (lengths.length + codings.length > 1) return undefined
  if (codings[0] !== undefined) return /^chunked$/i.test(codings[0]) ? readChunks(rest) : undefined
  if (lengths[0] === undefined) return { text: '', length: 0 }
  if (!/^[0-9]{1,9}$/.test(lengths[0])) return undefined
  const length = Number(lengths[0])
  return rest.length < length ? undefined : { text: rest.slice(0, length), length }
}

function readChunks(rest: string): Body {
  let text = ''
  let at = 0
  for (;;) {
    const [line, size] =
      /^([0-9A-Fa-f]{1,8})(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n/.exec(rest.slice(at)) ?? []
    if (line === undefined || size === undefined) return undefined
    at += line.length
    const length = parseInt(size, 16)
    if (length === 0) break
    if (rest.slice(at + length, at + length + 2) !== '\r\n') return undefined
    text += rest.slice(at, at + length)
    at += length + 2
  }
  for (;;) {
    const end = rest.indexOf('\r\n', at)
    if (end === -1) return undefined
    const line = rest.slice(at, end)
    at = end + 2
    if (line === '') return { text, length: at }
    if (!FIELD.test(line)) return undefined
  }
}
