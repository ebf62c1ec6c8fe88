import { ConnectionError } from './error-codes.js'
import { decodeHuffman } from './huffman.js'
import {
  DEFAULT_TABLE_BYTES,
  ENTRY_OVERHEAD,
  STATIC_ENTRIES,
  STATIC_TABLE,
} from './static-table.js'

/** One field line, in a table or just read. */
interface Entry {
  readonly name: string
  readonly value: string
  /** RFC 7541 §4.1. */
  readonly bytes: number
  readonly hasValidName: boolean
  readonly isWellFormed: boolean
}

const STATIC: readonly Entry[] = Array.from({ length: STATIC_ENTRIES }, (_, i) => {
  const [name = '', value = ''] = STATIC_TABLE.slice(2 * i)
  const bytes = name.length + value.length + ENTRY_OVERHEAD
  return { name, value, bytes, hasValidName: true, isWellFormed: true }
})

/** RFC 9113 §8.2.1: a token without upper case, after a pseudo-header field's colon. */
const FIELD_NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/
const BAD_FIELD_VALUE = /[\0\r\n]/

/** A larger integer cannot be a valid length or index. */
const MAX_INTEGER_SHIFT = 28

/**
 * Owns decoding header blocks (RFC 7541): one decoder for each connection, since each block may
 * change its table. A block over `maxListBytes` is still decoded, for the table's sake, and its
 * fields are dropped.
 */
export class HpackDecoder {
  readonly #maxListBytes: number
  readonly #maxTableBytes: number
  /** Oldest first. */
  readonly #table: Entry[] = []
  #tableBytes = 0
  #tableLimit: number
  #scratch = Buffer.allocUnsafe(1_024)

  // The block being read.
  #bytes: Buffer = this.#scratch
  #at = 0
  #end = 0

  // The last block.
  #listBytes = 0
  #isWellFormed = true

  /**
   * @param maxListBytes our SETTINGS_MAX_HEADER_LIST_SIZE
   * @param maxTableBytes our SETTINGS_HEADER_TABLE_SIZE
   */
  constructor(maxListBytes: number, maxTableBytes: number = DEFAULT_TABLE_BYTES) {
    this.#maxListBytes = maxListBytes
    this.#maxTableBytes = maxTableBytes
    this.#tableLimit = Math.min(maxTableBytes, DEFAULT_TABLE_BYTES)
  }

  /** Whether the last block exceeded the limit; its fields were dropped then. */
  get isTooLarge(): boolean {
    return this.#listBytes > this.#maxListBytes
  }

  /** Whether all names and values of the last block are well-formed (RFC 9113 §8.2.1). */
  get isWellFormed(): boolean {
    return this.#isWellFormed
  }

  /**
   * Decodes the block from `start` to `end`; returns name, value, name, value (Latin-1).
   * @throws {ConnectionError} COMPRESSION_ERROR, after which nothing more can be decoded
   */
  decode(bytes: Buffer, start: number, end: number): string[] {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#listBytes = 0
    this.#isWellFormed = true
    const fields: string[] = []
    let mayResize = true
    while (this.#at < end) {
      const first = bytes[this.#at] as number
      if ((first & 0xe0) === 0x20) {
        if (!mayResize) throw fault('table size update inside a block')
        this.#resize(this.#integer(0x1f))
        continue
      }
      mayResize = false
      const entry = first >= 0x80 ? this.#entry(this.#integer(0x7f)) : this.#literal(first)
      this.#listBytes += entry.bytes
      this.#isWellFormed &&= entry.isWellFormed
      if (this.#listBytes <= this.#maxListBytes) fields.push(entry.name, entry.value)
    }
    this.#bytes = this.#scratch
    return fields
  }

  /** RFC 7541 §6.2; never-indexed ones matter only to intermediaries that re-encode them. */
  #literal(first: number): Entry {
    const isIndexed = first >= 0x40
    const index = this.#integer(isIndexed ? 0x3f : 0x0f)
    const named = index === 0 ? undefined : this.#entry(index)
    const name = named?.name ?? this.#string()
    const sent = this.#string()
    const value = withoutSpaceAround(sent)
    // The value that the name has in the table does not matter.
    const hasValidName = named?.hasValidName ?? FIELD_NAME.test(name)
    const isWellFormed = hasValidName && !BAD_FIELD_VALUE.test(value)
    // The table counts what was sent (RFC 7541 §4.1).
    const bytes = name.length + sent.length + ENTRY_OVERHEAD
    const entry = { name, value, bytes, hasValidName, isWellFormed }
    if (isIndexed) this.#add(entry)
    return entry
  }

  #entry(index: number): Entry {
    const entry =
      index <= STATIC_ENTRIES
        ? STATIC[index - 1]
        : this.#table[this.#table.length - (index - STATIC_ENTRIES)]
    if (entry === undefined) throw fault('index of no entry')
    return entry
  }

  #add(entry: Entry): void {
    this.#table.push(entry)
    this.#tableBytes += entry.bytes
    this.#evict()
  }

  #resize(limit: number): void {
    if (limit > this.#maxTableBytes) throw fault('table larger than we allow')
    this.#tableLimit = limit
    this.#evict()
  }

  #evict(): void {
    while (this.#tableBytes > this.#tableLimit) {
      this.#tableBytes -= (this.#table.shift() as Entry).bytes
    }
  }

  /** RFC 7541 §5.1; `mask` covers the prefix. */
  #integer(mask: number): number {
    let value = this.#byte() & mask
    if (value < mask) return value
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte()
      if (shift >= MAX_INTEGER_SHIFT) throw fault('integer too large')
      value += (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }

  /** RFC 7541 §5.2. */
  #string(): string {
    const isHuffman = (this.#bytes[this.#at] as number) >= 0x80
    const length = this.#integer(0x7f)
    const start = this.#at
    const end = start + length
    if (end > this.#end) throw fault('string longer than its block')
    this.#at = end
    if (!isHuffman) return this.#bytes.toString('latin1', start, end)
    const most = (length * 8) / 5
    if (this.#scratch.length < most) this.#scratch = Buffer.allocUnsafe(2 * most)
    const decoded = decodeHuffman(this.#bytes, start, end, this.#scratch)
    if (decoded === -1) throw fault('string that is not Huffman-coded')
    return this.#scratch.toString('latin1', 0, decoded)
  }

  #byte(): number {
    if (this.#at >= this.#end) throw fault('block that breaks off')
    return this.#bytes[this.#at++] as number
  }
}

/** RFC 9113 §8.2.1 forbids whitespace around a value; servers send it anyway, and it means nothing. */
function withoutSpaceAround(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isSpace(value.charCodeAt(start))) start++
  while (start < end && isSpace(value.charCodeAt(end - 1))) end--
  return end - start === value.length ? value : value.slice(start, end)
}

function isSpace(character: number): boolean {
  return character === 0x20 || character === 0x09
}

function fault(message: string): ConnectionError {
  return new ConnectionError('COMPRESSION_ERROR', message)
}
