import fc from 'fast-check'
import t from 'tap'
import { ConnectionError } from '../../../src/upstream/http2/error-codes.js'
import { HpackDecoder } from '../../../src/upstream/http2/hpack-decoder.js'
import { HpackEncoder } from '../../../src/upstream/http2/hpack-encoder.js'
import { encodeFields, type Fields } from '../hpack.js'

function decode(decoder: HpackDecoder, bytes: Buffer): string[] {
  return decoder.decode(bytes, 0, bytes.length)
}

t.test('a block that cannot be is a COMPRESSION_ERROR', (t) => {
  const cases: [string, string][] = [
    ['index 0', '80'],
    ['index 0, before what could be a literal', '8001610162'],
    ['an index of no entry', 'be'],
    ['a name of no entry', '7f00'],
    ['an integer that breaks off', 'ff'],
    ['an integer without end', 'ffffffffffffffff'],
    ['an integer too large', 'ffffffffff0f'],
    ['an integer of more bytes than any needs', '3f8080808000'],
    ['a string that breaks off', '400a6162'],
    ['a value that breaks off', '4001610a62'],
    ['a name without value', '400161'],
    ['a literal and nothing', '40'],
    ['a string that is not Huffman-coded', '400161' + '81' + '00'],
    ['a size update that is too large', '3fe21f'],
    ['a size update that breaks off', '3f'],
    ['a size update inside a block', '8220'],
  ]
  for (const [name, hex] of cases) {
    t.throws(
      () => decode(new HpackDecoder(65_536), Buffer.from(hex, 'hex')),
      { name: 'ConnectionError', code: 'COMPRESSION_ERROR', message: /\w+ .*\w/ },
      name,
    )
    // What comes behind a block is not of it.
    const bytes = Buffer.from(`${hex}000000`, 'hex')
    t.throws(() => new HpackDecoder(65_536).decode(bytes, 0, hex.length / 2), name)
  }
  t.end()
})

t.test('what is unusual is read all the same', (t) => {
  const cases: [string, string, string[]][] = [
    ['nothing', '', []],
    ['sizes of the table, ahead of all fields', '203fe11f82', [':method', 'GET']],
    ['an integer with zeros behind it', '3f80808000' + '82', [':method', 'GET']],
    ['a value without a byte, Huffman-coded', '40016180', ['a', '']],
    ['a value that is all of the rest', '4001610162', ['a', 'b']],
  ]
  for (const [name, hex, fields] of cases) {
    t.strictSame(decode(new HpackDecoder(65_536), Buffer.from(hex, 'hex')), fields, name)
  }
  t.end()
})

t.test('a long string may be Huffman-coded', (t) => {
  const decoder = new HpackDecoder(65_536)
  for (const value of ['a'.repeat(3_000), 'b', '\xff'.repeat(1_000)]) {
    const target = Buffer.alloc(8_000)
    const end = new HpackEncoder().write(target, 0, 'x-n', value, 'always')
    t.strictSame(decoder.decode(target, 0, end), ['x-n', value])
  }
  t.end()
})

t.test('a list of as many bytes as it may have is not too large', (t) => {
  // 32 + 1 + 1 each.
  const block = encodeFields([
    ['n', 'v'],
    ['n', 'v'],
  ])
  const decoder = new HpackDecoder(68)
  t.strictSame(decode(decoder, block), ['n', 'v', 'n', 'v'])
  t.notOk(decoder.isTooLarge)
  const narrow = new HpackDecoder(67)
  decode(narrow, block)
  t.ok(narrow.isTooLarge)
  t.end()
})

t.test('a field of the static table counts as any other', (t) => {
  // :method GET, 7 + 3 + 32.
  for (const [limit, isTooLarge] of [
    [42, false],
    [41, true],
  ] as const) {
    const decoder = new HpackDecoder(limit)
    decode(decoder, Buffer.of(0x82))
    t.equal(decoder.isTooLarge, isTooLarge)
  }
  t.end()
})

t.test('who allows no table keeps none', (t) => {
  const decoder = new HpackDecoder(65_536, 0)
  t.strictSame(decode(decoder, Buffer.from('4001610162', 'hex')), ['a', 'b'])
  t.throws(() => decode(decoder, Buffer.of(0xbe)), { code: 'COMPRESSION_ERROR' })
  t.end()
})

t.test('an entry as large as the table is in it, and alone', (t) => {
  const decoder = new HpackDecoder(65_536)
  const added = (name: string, value: string): Buffer =>
    Buffer.concat([Buffer.of(0x40), encodeFields([[name, value]]).subarray(1)])
  decode(decoder, added('a', '1'))
  decode(decoder, added('b', 'x'.repeat(4_096 - 33)))
  t.equal(decode(decoder, Buffer.of(0xbe))[0], 'b')
  t.throws(() => decode(decoder, Buffer.of(0xbf)))
  decode(decoder, added('c', 'x'.repeat(4_096 - 32)))
  t.throws(() => decode(decoder, Buffer.of(0xbe)), 'one larger than the table empties it')
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

t.test('a name from the table is fine or not, whatever its value there is', (t) => {
  for (const [name, isFine] of [
    ['n', true],
    ['Upper', false],
  ] as const) {
    const decoder = new HpackDecoder(65_536)
    const added = encodeFields([[name, 'a\0b']]).subarray(1)
    decode(decoder, Buffer.concat([Buffer.of(0x40), added]))
    t.notOk(decoder.isWellFormed)
    // Index 62 for the name, and another value.
    t.strictSame(decode(decoder, Buffer.from('0f2f0178', 'hex')), [name, 'x'])
    t.equal(decoder.isWellFormed, isFine, name)
  }
  t.end()
})

t.test('a name is a token in lower case, a value has no line end and no zero', (t) => {
  const decoder = new HpackDecoder(65_536)
  const isFine = (name: string, value: string): boolean => {
    decode(decoder, encodeFields([[name, value]]))
    return decoder.isWellFormed
  }
  const characters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
  const ofName = characters.filter((each) => isFine(`n${each}n`, 'v'))
  t.equal(ofName.join(''), "!#$%&'*+-.0123456789^_`abcdefghijklmnopqrstuvwxyz|~")
  t.strictSame(
    characters.filter((each) => isFine(`${each}n`, 'v')),
    [...ofName, ':'].sort(),
    'a colon may begin it',
  )
  t.strictSame(
    characters.filter((each) => !isFine('n', `v${each}v`)),
    ['\0', '\n', '\r'],
  )
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
