import { encodeHuffman, huffmanBytes } from './huffman.js'
import {
  DEFAULT_TABLE_BYTES,
  ENTRY_OVERHEAD,
  STATIC_ENTRIES,
  STATIC_TABLE,
} from './static-table.js'

/** How a field line is represented (RFC 7541 §6). */
export type Indexing =
  /** Added to the table at once: it is known to repeat. */
  | 'always'
  /** Added to the table when it occurs a second time in a row. */
  | 'repeated'
  /** Never added to a table, by intermediaries neither (§7.1.3). */
  | 'never'

/** The last value of a name. */
interface Known {
  value: string
  /** The number of the insertion that added it to the table; 0 if none did. */
  insertion: number
}

/** At most this many names are remembered: clients make up their own. */
const MAX_NAMES = 128
/** Longer values from clients are not added: they would evict everything else. */
const MAX_VALUE_LENGTH = 2_048

/** The first index of each name, and the index of each field in the static table. */
const STATIC_NAMES = new Map<string, number>()
const STATIC_FIELDS = new Map<string, Map<string, number>>()
for (let i = STATIC_ENTRIES; i > 0; i--) {
  const [name = '', value = ''] = STATIC_TABLE.slice(2 * i - 2)
  STATIC_NAMES.set(name, i)
  const values = STATIC_FIELDS.get(name) ?? new Map<string, number>()
  STATIC_FIELDS.set(name, values.set(value, i))
}

/**
 * Owns encoding header blocks (RFC 7541): one encoder for each connection. What repeats is added to
 * the table, and takes a byte or two from then on; what does not is written as it is. A string is
 * Huffman-coded only when it is added to the table: what is sent once is sent short, what is sent
 * each time is cheap to encode.
 */
export class HpackEncoder {
  readonly #known = new Map<string, Known>()
  readonly #isHuffman: boolean
  /** Sizes of the entries in the table, oldest first. */
  readonly #sizes: number[] = []
  #bytes = 0
  #limit = DEFAULT_TABLE_BYTES
  /** Number of entries ever added to the table. */
  #insertions = 0
  /** The smallest limit since the last block, if it must be announced (§4.2). */
  #lowestLimit: number | undefined

  constructor({ huffman = true }: { huffman?: boolean } = {}) {
    this.#isHuffman = huffman
  }

  /** @param bytes the peer's SETTINGS_HEADER_TABLE_SIZE; ours is never larger than the default */
  setTableLimit(bytes: number): void {
    const limit = Math.min(bytes, DEFAULT_TABLE_BYTES)
    if (limit === this.#limit) return
    this.#limit = limit
    this.#lowestLimit = Math.min(limit, this.#lowestLimit ?? limit)
    this.#evict(limit)
  }

  /** Writes table size updates, which must come first in a block. */
  begin(target: Buffer, from: number): number {
    if (this.#lowestLimit === undefined) return from
    let at = from
    if (this.#lowestLimit < this.#limit) at = writeInteger(target, at, 0x20, 5, this.#lowestLimit)
    this.#lowestLimit = undefined
    return writeInteger(target, at, 0x20, 5, this.#limit)
  }

  /**
   * Writes a field line at `from`; returns where it ends. `target` must have room for its
   * `maxFieldBytes`.
   * @param name in lower case
   * @param value Latin-1
   */
  write(target: Buffer, from: number, name: string, value: string, indexing: Indexing): number {
    const whole = STATIC_FIELDS.get(name)?.get(value)
    if (whole !== undefined) return writeInteger(target, from, 0x80, 7, whole)
    if (indexing === 'never') return this.#writeLiteral(target, from, 0x10, 4, name, value, false)

    const known = this.#known.get(name)
    const isRepeated = known?.value === value
    if (isRepeated && this.#isInTable(known)) {
      return writeInteger(target, from, 0x80, 7, this.#indexOf(known))
    }
    const size = name.length + value.length + ENTRY_OVERHEAD
    const isSmall = indexing === 'always' || value.length <= MAX_VALUE_LENGTH
    const fits = isSmall && size <= this.#limit
    const isAdded = fits && (isRepeated || indexing === 'always')
    const at = isAdded
      ? this.#writeLiteral(target, from, 0x40, 6, name, value, this.#isHuffman)
      : this.#writeLiteral(target, from, 0x00, 4, name, value, false)
    if (isAdded) this.#add(size)
    if (fits) this.#remember(name, value, isAdded ? this.#insertions : 0)
    return at
  }

  #writeLiteral(
    target: Buffer,
    from: number,
    pattern: number,
    prefixBits: number,
    name: string,
    value: string,
    huffman: boolean,
  ): number {
    const index = STATIC_NAMES.get(name) ?? this.#nameIndex(name)
    let at = writeInteger(target, from, pattern, prefixBits, index)
    if (index === 0) at = writeString(target, at, name, huffman)
    return writeString(target, at, value, huffman)
  }

  #nameIndex(name: string): number {
    const known = this.#known.get(name)
    return known !== undefined && this.#isInTable(known) ? this.#indexOf(known) : 0
  }

  #isInTable({ insertion }: Known): boolean {
    return insertion > this.#insertions - this.#sizes.length
  }

  #indexOf({ insertion }: Known): number {
    return STATIC_ENTRIES + 1 + this.#insertions - insertion
  }

  #remember(name: string, value: string, insertion: number): void {
    const known = this.#known.get(name)
    if (known !== undefined) {
      known.value = value
      known.insertion = insertion
    } else {
      if (this.#known.size >= MAX_NAMES) this.#known.clear()
      this.#known.set(name, { value, insertion })
    }
  }

  #add(size: number): void {
    this.#evict(this.#limit - size)
    this.#sizes.push(size)
    this.#bytes += size
    this.#insertions++
  }

  /** Evicts entries until no more than `limit` bytes are left. */
  #evict(limit: number): void {
    while (this.#bytes > limit) this.#bytes -= this.#sizes.shift() as number
  }
}

/** The most that a field line can take, in bytes. */
export function maxFieldBytes(name: string, value: string): number {
  return name.length + value.length + 16
}

/** RFC 7541 §5.1. */
function writeInteger(
  target: Buffer,
  from: number,
  pattern: number,
  prefixBits: number,
  value: number,
): number {
  const most = (1 << prefixBits) - 1
  if (value < most) {
    target[from] = pattern | value
    return from + 1
  }
  target[from] = pattern | most
  let at = from + 1
  let rest = value - most
  for (; rest >= 0x80; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80
  target[at] = rest
  return at + 1
}

/** RFC 7541 §5.2; Huffman-coded unless that is longer. */
function writeString(target: Buffer, from: number, text: string, huffman: boolean): number {
  if (huffman) {
    const short = huffmanBytes(text)
    if (short <= text.length) {
      return encodeHuffman(text, target, writeInteger(target, from, 0x80, 7, short))
    }
  }
  const at = writeInteger(target, from, 0x00, 7, text.length)
  return at + target.write(text, at, 'latin1')
}
