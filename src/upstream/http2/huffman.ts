/**
 * Owns the Huffman code of HPACK (RFC 7541 §5.2 and appendix B). The code is canonical: the code
 * lengths define it, shorter codes first, and equal ones in order of their symbols.
 */

/** Code length in bits of each symbol, 0 to 255. The end-of-string symbol has 30, all ones. */
const LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5,
  6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6,
  7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23,
  23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22,
  22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22,
  23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27,
  27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25,
  24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
]
const END_OF_STRING = 256
const END_OF_STRING_BITS = 30

/** The code of each symbol, right-aligned in `LENGTHS[symbol]` bits. */
const CODES = new Uint32Array(LENGTHS.length)

const HAS_SYMBOL = 1 << 16
/** The string may end here: what remains is less than a byte of ones (§5.2). */
const MAY_END = 1 << 17
/** The end-of-string symbol itself, which must not occur in a string. */
const FAULT = 1 << 18
/**
 * The decoder's steps, one for each node of the code tree and each four bits: the next node in the
 * low byte, a symbol in the byte above if one ended, then the flags above.
 */
const STEPS = buildSteps()

function buildSteps(): Uint32Array {
  /** The two children of each node: another node, or -1 - symbol. */
  const nodes: [number, number][] = [[0, 0]]
  const put = (symbol: number, code: number, bits: number): void => {
    let node = 0
    for (let bit = bits - 1; bit > 0; bit--) {
      const children = nodes[node] as [number, number]
      const side = (code >>> bit) & 1
      if (children[side] === 0) children[side] = nodes.push([0, 0]) - 1
      node = children[side] as number
    }
    ;(nodes[node] as [number, number])[code & 1] = -1 - symbol
  }
  const symbols = LENGTHS.map((bits, symbol) => ({ bits, symbol }))
  // Stable: symbols of the same length stay in order.
  symbols.sort((a, b) => a.bits - b.bits)
  let code = 0
  let bitsBefore = 0
  for (const { bits, symbol } of symbols) {
    code <<= bits - bitsBefore
    bitsBefore = bits
    CODES[symbol] = code
    put(symbol, code++, bits)
  }
  put(END_OF_STRING, 2 ** END_OF_STRING_BITS - 1, END_OF_STRING_BITS)

  /** Nodes reached from the root by up to seven ones: what padding looks like. */
  const padding = new Set<number>([0])
  for (let node = 0, bits = 1; bits < 8; bits++) {
    node = (nodes[node] as [number, number])[1]
    padding.add(node)
  }
  const steps = new Uint32Array(nodes.length * 16)
  for (let start = 0; start < nodes.length; start++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = start
      let told = 0
      for (let bit = 3; bit >= 0; bit--) {
        const next = (nodes[node] as [number, number])[(nibble >> bit) & 1] as number
        node = Math.max(next, 0)
        if (next < 0) told = next === -1 - END_OF_STRING ? FAULT : HAS_SYMBOL | ((-1 - next) << 8)
      }
      steps[start * 16 + nibble] = told | node | (padding.has(node) ? MAY_END : 0)
    }
  }
  return steps
}

/**
 * Decodes `bytes` from `start` to `end` into `target`, which has room for 8/5 of them; returns the
 * decoded length, or -1 if they are not a complete Huffman-coded string.
 */
export function decodeHuffman(bytes: Buffer, start: number, end: number, target: Buffer): number {
  let length = 0
  let step = MAY_END
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    step = STEPS[((step & 0xff) << 4) | (byte >> 4)] as number
    if ((step & HAS_SYMBOL) !== 0) target[length++] = (step >> 8) & 0xff
    const fault = step & FAULT
    step = STEPS[((step & 0xff) << 4) | (byte & 0xf)] as number
    if ((step & HAS_SYMBOL) !== 0) target[length++] = (step >> 8) & 0xff
    if (((step | fault) & FAULT) !== 0) return -1
  }
  return (step & MAY_END) === 0 ? -1 : length
}

/** The length of a string (Latin-1) in this code, in bytes. */
export function huffmanBytes(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) bits += LENGTHS[text.charCodeAt(i) & 0xff] as number
  return (bits + 7) >> 3
}

/** Encodes a string (Latin-1) at `from`; returns where it ends. The last byte is padded with ones. */
export function encodeHuffman(text: string, target: Buffer, from: number): number {
  let at = from
  let pending = 0
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 0xff
    const length = LENGTHS[symbol] as number
    const code = CODES[symbol] as number
    // In two parts: up to 7 + 30 bits do not fit into an integer.
    for (let left = length; left > 0;) {
      const taken = Math.min(left, 16)
      left -= taken
      pending = (pending << taken) | ((code >>> left) & (2 ** taken - 1))
      bits += taken
      while (bits >= 8) {
        bits -= 8
        target[at++] = (pending >> bits) & 0xff
      }
      pending &= (1 << bits) - 1
    }
  }
  if (bits > 0) target[at++] = ((pending << (8 - bits)) | (2 ** (8 - bits) - 1)) & 0xff
  return at
}
