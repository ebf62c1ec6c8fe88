import fc from 'fast-check'
import t from 'tap'
import { ConnectionError } from '../../../src/upstream/http2/error-codes.js'
import { HpackDecoder } from '../../../src/upstream/http2/hpack-decoder.js'
import { encodeFields, type Fields } from '../hpack.js'

function decode(decoder: HpackDecoder, bytes: Buffer): string[] {
  return decoder.decode(bytes, 0, bytes.length)
}

t.test('a block that cannot be is a COMPRESSION_ERROR', (t) => {
  const cases: [string, string][] = [
    ['index 0', '80'],
    ['an index of no entry', 'be'],
    ['a name of no entry', '7f00'],
    ['an integer that breaks off', 'ff'],
    ['an integer without end', 'ffffffffffffffff'],
    ['an integer too large', 'ffffffffff0f'],
    ['a string that breaks off', '400a6162'],
    ['a name without value', '400161'],
    ['a literal and nothing', '40'],
    ['a string that is not Huffman-coded', '400161' + '81' + '00'],
    ['a size update that is too large', '3fe21f'],
    ['a size update inside a block', '8220'],
  ]
  for (const [name, hex] of cases) {
    t.throws(
      () => decode(new HpackDecoder(65_536), Buffer.from(hex, 'hex')),
      { name: 'ConnectionError', code: 'COMPRESSION_ERROR' },
      name,
    )
  }
  t.end()
})

t.test('above the limit fields are dropped, and the table stays right', (t) => {
  const decoder = new HpackDecoder(100)
  // Two entries for the table, and a field between them that is too much.
  const added = (name: string, value: string): Buffer =>
    Buffer.concat([Buffer.of(0x40), encodeFields([[name, value]]).subarray(1)])
  const long: Fields = [['long', 'x'.repeat(80)]]
  const fields = decode(
    decoder,
    Buffer.concat([added('a', '1'), encodeFields(long), added('b', '2')]),
  )
  t.ok(decoder.isTooLarge)
  t.ok(fields.length < 6)
  t.strictSame(decode(decoder, Buffer.of(0xbe, 0xbf)), ['b', '2', 'a', '1'])
  t.notOk(decoder.isTooLarge)
  t.end()
})

t.test('a small block cannot say much: each mention of an entry counts', (t) => {
  const decoder = new HpackDecoder(65_536)
  const name = encodeFields([['n', 'v'.repeat(4_000)]])
  const bomb = Buffer.concat([Buffer.of(0x40), name.subarray(1), Buffer.alloc(10_000, 0xbe)])
  const fields = decode(decoder, bomb)
  t.ok(decoder.isTooLarge)
  t.ok(fields.length / 2 <= 17)
  t.end()
})

t.test('names and values that may not be are noticed, in the table too', (t) => {
  const bad: Fields = [
    ['Upper', 'x'],
    ['with space', 'x'],
    ['', 'x'],
    ['colon:', 'x'],
    ['n\0', 'x'],
    ['n', 'a\0b'],
    ['n', 'a\rb'],
    ['n', 'a\nb'],
  ]
  for (const field of bad) {
    const decoder = new HpackDecoder(65_536)
    decode(decoder, encodeFields([['good', 'one'], field, ['good', 'two']]))
    t.notOk(decoder.isWellFormed, JSON.stringify(field))
    const literal = encodeFields([field])
    decode(decoder, Buffer.concat([Buffer.of(0x40), literal.subarray(1)]))
    t.notOk(decoder.isWellFormed, `${JSON.stringify(field)}, added`)
    decode(decoder, Buffer.of(0xbe))
    t.notOk(decoder.isWellFormed, `${JSON.stringify(field)}, from the table`)
    decode(decoder, encodeFields([['good', 'caf\xe9']]))
    t.ok(decoder.isWellFormed, 'the next one is fine')
  }
  t.end()
})

t.test('whatever bytes come, it is fields or a COMPRESSION_ERROR', (t) => {
  const blocks = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(blocks, (all) => {
      const decoder = new HpackDecoder(1_000)
      try {
        for (const block of all) decode(decoder, Buffer.from(block))
      } catch (error) {
        return error instanceof ConnectionError && error.code === 'COMPRESSION_ERROR'
      }
      return true
    }),
    { numRuns: 5_000 },
  )
  t.end()
})

t.test('spaces around a value are left out, and counted in the table', (t) => {
  const decoder = new HpackDecoder(65_536, 4_096)
  const values = [' x', 'x\t', '\t x y \t', '   ', '', 'x']
  t.strictSame(
    values.map((value) => decode(decoder, encodeFields([['n', value]]))[1]),
    ['x', 'x', 'x y', '', '', 'x'],
  )
  t.ok(decoder.isWellFormed)
  // 32 + 1 + 2,000 bytes each: the third one drives out the first, though its value is a letter.
  const added = (name: string): Buffer =>
    Buffer.concat([Buffer.of(0x40), encodeFields([[name, ' '.repeat(1_999) + name]]).subarray(1)])
  decode(decoder, Buffer.concat([added('a'), added('b'), added('c')]))
  t.strictSame(decode(decoder, Buffer.of(0xbe, 0xbf)), ['c', 'c', 'b', 'b'])
  t.throws(() => decode(decoder, Buffer.of(0xc0)), 'the first one is gone')
  t.end()
})

t.test('a value of spaces takes no longer than any other', (t) => {
  const decoder = new HpackDecoder(65_536)
  const startedMs = performance.now()
  for (let i = 0; i < 50; i++) {
    decode(decoder, encodeFields([['n', `a${' '.repeat(60_000)}b${'\t'.repeat(4_000)}`]]))
  }
  t.ok(performance.now() - startedMs < 1_000)
  t.end()
})
