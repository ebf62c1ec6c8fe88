import fc from 'fast-check'
import t, { type Test } from 'tap'
import { decodeHuffman, encodeHuffman, huffmanBytes } from '../../../src/upstream/http2/huffman.js'
import { decodeHuffman as decodePlainly } from '../huffman.js'

function encode(text: string): Buffer {
  const target = Buffer.alloc(huffmanBytes(text))
  const end = encodeHuffman(text, target, 0)
  return end === target.length ? target : Buffer.alloc(0)
}

function decode(bytes: Buffer): string | undefined {
  const target = Buffer.alloc(bytes.length * 2)
  const length = decodeHuffman(bytes, 0, bytes.length, target)
  return length === -1 ? undefined : target.toString('latin1', 0, length)
}

t.test('any bytes come back, and a decoder of another make reads them too', (t: Test) => {
  const latin1 = fc
    .uint8Array({ maxLength: 200 })
    .map((bytes) => Buffer.from(bytes).toString('latin1'))
  fc.assert(
    fc.property(latin1, (text) => {
      const bytes = encode(text)
      return decode(bytes) === text && decodePlainly(bytes) === text
    }),
    { numRuns: 500 },
  )
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('latin1')
  t.equal(decode(encode(all)), all)
  t.end()
})

t.test('what is no whole string is refused', (t) => {
  const cases: [string, string][] = [
    ['a byte of padding', 'ff'],
    ['padding that is not all ones', '00'],
    ['a symbol and a byte of padding', '1fff'],
    ['the end-of-string symbol', 'ffffffff'],
    ['the end-of-string symbol after another', '1fffffffff'],
    ['half a long symbol', 'fffe'],
  ]
  for (const [name, hex] of cases) t.equal(decode(Buffer.from(hex, 'hex')), undefined, name)
  t.equal(decode(Buffer.alloc(0)), '')
  t.end()
})

t.test('whatever bytes come, decoding ends and stays within its room', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const source = Buffer.from(bytes)
      const target = Buffer.alloc(Math.floor((source.length * 8) / 5))
      return decodeHuffman(source, 0, source.length, target) <= target.length
    }),
    { numRuns: 2_000 },
  )
  t.end()
})
