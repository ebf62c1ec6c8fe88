/** Owns header blocks: reads those of a real client, writes the plainest ones there are. */
import { decodeHuffman } from './huffman.js'

export type Fields = readonly (readonly [name: string, value: string])[]

/** RFC 7541, appendix A; index 1 is the first. */
const STATIC: Fields = (
  ':authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|' +
  ':status 200|:status 204|:status 206|:status 304|:status 400|:status 404|:status 500|' +
  'accept-charset|accept-encoding gzip, deflate|accept-language|accept-ranges|accept|' +
  'access-control-allow-origin|age|allow|authorization|cache-control|content-disposition|' +
  'content-encoding|content-language|content-length|content-location|content-range|' +
  'content-type|cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|' +
  'if-none-match|if-range|if-unmodified-since|last-modified|link|location|max-forwards|' +
  'proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|server|set-cookie|' +
  'strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate'
)
  .split('|')
  .map((entry) => {
    const [name = '', ...value] = entry.split(' ')
    return [name, value.join(' ')] as const
  })

/** One direction of one connection. */
export class HpackDecoder {
  readonly #dynamic: (readonly [string, string])[] = []
  #size = 0
  #limit = 4096
  #block: Buffer = Buffer.alloc(0)
  #at = 0

  decode(block: Buffer): [string, string][] {
    this.#block = block
    this.#at = 0
    const fields: [string, string][] = []
    while (this.#at < block.length) {
      const first = block[this.#at]!
      if (first >= 0x80) {
        const [name, value] = this.#entry(this.#integer(7))
        fields.push([name, value])
      } else if (first >= 0x40) {
        const field = this.#literal(6)
        this.#add(field)
        fields.push(field)
      } else if (first >= 0x20) {
        this.#limit = this.#integer(5)
        this.#evict()
      } else fields.push(this.#literal(4))
    }
    return fields
  }

  #literal(prefix: number): [string, string] {
    const index = this.#integer(prefix)
    const name = index === 0 ? this.#string() : this.#entry(index)[0]
    return [name, this.#string()]
  }

  #entry(index: number): readonly [string, string] {
    const entry = index <= 61 ? STATIC[index - 1] : this.#dynamic[index - 62]
    if (entry === undefined) throw new Error(`no entry ${index}`)
    return entry
  }

  #add(field: readonly [string, string]): void {
    this.#dynamic.unshift(field)
    this.#size += field[0].length + field[1].length + 32
    this.#evict()
  }

  #evict(): void {
    while (this.#size > this.#limit) {
      const [name, value] = this.#dynamic.pop()!
      this.#size -= name.length + value.length + 32
    }
  }

  #integer(prefix: number): number {
    const mask = 2 ** prefix - 1
    let value = this.#block[this.#at++]! & mask
    if (value < mask) return value
    for (let shift = 0; ; shift += 7) {
      const byte = this.#block[this.#at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  #string(): string {
    const isHuffman = this.#block[this.#at]! >= 0x80
    const length = this.#integer(7)
    const bytes = this.#block.subarray(this.#at, (this.#at += length))
    return isHuffman ? decodeHuffman(bytes) : bytes.toString('latin1')
  }
}

/** As literals without indexing and without Huffman: any bytes may be said in it. */
export function encodeFields(fields: Fields): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.of(0), encodeString(name), encodeString(value)]),
  )
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  const length = [Math.min(bytes.length, 0x7f)]
  let rest = bytes.length - 0x7f
  if (rest >= 0) {
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) length.push((rest % 0x80) + 0x80)
    length.push(rest)
  }
  return Buffer.concat([Buffer.from(length), bytes])
}
