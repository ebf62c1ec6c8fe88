import fc from 'fast-check'
import t from 'tap'
import { HpackDecoder } from '../../../src/upstream/http2/hpack-decoder.js'
import {
  HpackEncoder,
  type Indexing,
  maxFieldBytes,
} from '../../../src/upstream/http2/hpack-encoder.js'
import { HpackDecoder as PlainDecoder } from '../hpack.js'

/** Writes a block, and gives its bytes. */
function block(
  encoder: HpackEncoder,
  fields: readonly (readonly [string, string, Indexing?])[],
): Buffer {
  const most = fields.reduce((sum, [name, value]) => sum + maxFieldBytes(name, value), 32)
  const target = Buffer.alloc(most)
  let at = encoder.begin(target, 0)
  for (const [name, value, indexing = 'repeated'] of fields) {
    const before = at
    at = encoder.write(target, at, name, value, indexing)
    if (at - before > maxFieldBytes(name, value)) throw new Error('more than was told')
  }
  return target.subarray(0, at)
}

t.test('what is said always is a byte or two from the second time on', (t) => {
  const encoder = new HpackEncoder()
  const bearer = ['authorization', `Bearer ${'x'.repeat(780)}`, 'always'] as const
  t.ok(block(encoder, [bearer]).length > 100)
  t.equal(block(encoder, [bearer]).length, 1)
  const other = ['authorization', `Bearer ${'y'.repeat(780)}`, 'always'] as const
  t.ok(block(encoder, [other]).length > 100, 'another one is said')
  t.equal(block(encoder, [other]).length, 1)
  t.end()
})

t.test('what repeats goes into the table the second time, what does not never', (t) => {
  const encoder = new HpackEncoder()
  const sizes = ['one', 'two', 'two', 'two', 'one', 'one', 'one'].map(
    (value) => block(encoder, [['x-value', value.repeat(9)]]).length,
  )
  const [first, second, added, indexed, back, backAdded, backIndexed] = sizes
  t.ok(first! > 27 && second! > 27)
  t.ok(added! < second!, 'Huffman-coded, with its name from nowhere')
  t.equal(indexed, 1)
  t.ok(back! > 27, 'the value that it had before is another one')
  t.ok(backAdded! > 1)
  t.equal(backIndexed, 1)
  t.end()
})

t.test('what is never indexed says so, however often it comes', (t) => {
  const encoder = new HpackEncoder()
  for (let i = 0; i < 3; i++) {
    const bytes = block(encoder, [['cookie', 'a=b', 'never']])
    t.equal(bytes[0]! & 0xf0, 0x10, 'never-indexed')
    t.ok(bytes.includes('a=b'))
  }
  t.end()
})

t.test('a peer without a table is given indices of the static one alone', (t) => {
  const encoder = new HpackEncoder()
  block(encoder, [['a', '1', 'always']])
  encoder.setTableLimit(0)
  const first = block(encoder, [['a', '1', 'always']])
  t.equal(first[0], 0x20, 'it is told that the table is empty')
  const decoder = new HpackDecoder(65_536, 0)
  for (const bytes of [first, block(encoder, [['a', '1', 'always']])]) {
    t.strictSame(decoder.decode(bytes, 0, bytes.length), ['a', '1'])
  }
  t.end()
})

t.test('a table that shrank and grew in between is told by both sizes', (t) => {
  const encoder = new HpackEncoder()
  encoder.setTableLimit(100)
  encoder.setTableLimit(1_000_000)
  const bytes = block(encoder, [])
  t.equal(bytes.toString('hex'), '3f45' + '3fe11f')
  t.equal(block(encoder, []).length, 0, 'once')
  t.end()
})

t.test('of sizes in between the lowest is told, and nothing of one that stays', (t) => {
  const encoder = new HpackEncoder()
  encoder.setTableLimit(4_096)
  t.equal(block(encoder, []).length, 0)
  for (const size of [100, 10, 20]) encoder.setTableLimit(size)
  t.equal(block(encoder, []).toString('hex'), '2a' + '34')
  t.end()
})

t.test('a long value is put into the table only if it is known to repeat', (t) => {
  const sizesOf = (value: string, indexing: Indexing): number[] => {
    const encoder = new HpackEncoder()
    return [1, 2, 3].map(() => block(encoder, [['x-value', value, indexing]]).length)
  }
  t.equal(sizesOf('x'.repeat(2_048), 'repeated')[2], 1)
  for (const size of sizesOf('x'.repeat(2_049), 'repeated')) t.ok(size > 2_049)
  t.equal(sizesOf('x'.repeat(2_049), 'always')[1], 1)
  const most = 4_096 - 32 - 'x-value'.length
  t.equal(sizesOf('x'.repeat(most), 'always')[1], 1, 'as large as the table')
  for (const size of sizesOf('x'.repeat(most + 1), 'always')) t.ok(size > most, 'larger than it')
  t.end()
})

t.test('what fills the table to its last byte is all in it', (t) => {
  const encoder = new HpackEncoder()
  const halves = ['a', 'b'].map((name) => [name, 'x'.repeat(2_048 - 33), 'always'] as const)
  block(encoder, halves)
  t.equal(block(encoder, halves).length, 2)
  block(encoder, [['c', '', 'always']])
  t.ok(block(encoder, halves.slice(0, 1)).length > 1_000, 'one more drives out the oldest')
  t.end()
})

t.test('a name of the table is said by its index, though its value is another', (t) => {
  const encoder = new HpackEncoder()
  const name = 'x-name-of-a-client'
  block(encoder, [[name, 'one', 'always']])
  for (const [value, indexing] of [
    ['two', 'never'],
    ['six', 'repeated'],
  ] as const) {
    t.ok(block(encoder, [[name, value, indexing]]).length < name.length)
  }
  t.end()
})

t.test('a value that goes into no table drives out nothing of its name', (t) => {
  const encoder = new HpackEncoder()
  const name = 'x-name-of-a-client'
  block(encoder, [[name, 'one', 'always']])
  const long = 'x'.repeat(5_000)
  t.ok(block(encoder, [[name, long, 'always']]).length < long.length + name.length)
  t.equal(block(encoder, [[name, 'one']]).length, 1)
  t.end()
})

t.test('128 names are remembered, and with one more they all are forgotten', (t) => {
  const encoder = new HpackEncoder()
  const decoder = new PlainDecoder()
  const say = (name: string, value: string): number => {
    const bytes = block(encoder, [[name, value]])
    t.strictSame(decoder.decode(bytes), [[name, value]])
    return bytes.length
  }
  const name = 'x-name-of-a-client'
  const sizes = [1, 2, 3].map(() => say(name, 'one'))
  t.equal(sizes[2], 1)
  for (let i = 0; i < 127; i++) say(`x-${i}`, 'once')
  t.equal(say(name, 'one'), 1)
  say('x-0', 'another value of a name is no other name')
  t.equal(say(name, 'one'), 1)
  say('x-one-more', 'once')
  t.ok(say(name, 'one') > name.length)
  t.end()
})

t.test('a string of any length is read as it was, by two decoders', (t) => {
  // Around what another byte of the length is needed for, with Huffman coding and without.
  const lengths = [0, 1, 127, 145, 255, 291, 2_048, 16_511].flatMap((length) =>
    [-1, 0, 1, 2].map((more) => Math.max(0, length + more)),
  )
  const isRead = (value: string, indexing: Indexing): boolean => {
    const bytes = block(new HpackEncoder(), [['x-value', value, indexing]])
    const [field] = new PlainDecoder().decode(bytes)
    const [, read] = new HpackDecoder(65_536).decode(bytes, 0, bytes.length)
    return field![1] === value && read === value
  }
  const values = lengths.map((length) => 'x'.repeat(length))
  const wrong = values.filter((value) => !isRead(value, 'never') || !isRead(value, 'always'))
  t.strictSame(wrong, [])
  t.end()
})

t.test('names that clients make up do not fill memory, nor the table', (t) => {
  const encoder = new HpackEncoder()
  const bearer = ['authorization', `Bearer ${'x'.repeat(780)}`, 'always'] as const
  block(encoder, [bearer])
  const decoder = new PlainDecoder()
  for (let i = 0; i < 1_000; i++) {
    const fields = Array.from({ length: 100 }, (_, j) => [`x-${i}-${j}`, 'v'.repeat(50)] as const)
    decoder.decode(block(new HpackEncoder(), fields))
    block(encoder, fields)
  }
  t.ok(block(encoder, [bearer]).length < 700, 'at worst it is said once more')
  t.equal(block(encoder, [bearer]).length, 1)
  t.end()
})

const names = fc.constantFrom('accept', ':path', 'x-a', 'x-b', 'cookie', 'authorization', 'te')
const values = fc.oneof(
  fc.constantFrom('', '/', 'GET', 'trailers', 'a=b'),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)
const indexings = fc.constantFrom<Indexing>('always', 'repeated', 'never')
const fieldLists = fc.array(fc.tuple(names, values, indexings), { maxLength: 12 })
const steps = fc.array(
  fc.record({ fields: fieldLists, limit: fc.option(fc.integer({ min: 0, max: 8_000 })) }),
  { maxLength: 20 },
)

/** Ours leaves spaces around a value out. */
const trim = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, '')

t.test('whatever is said in whatever order is read as it was, by two decoders', (t) => {
  fc.assert(
    fc.property(steps, fc.boolean(), (all, huffman) => {
      const encoder = new HpackEncoder({ huffman })
      const decoder = new HpackDecoder(1_000_000, 4_096)
      const plain = new PlainDecoder()
      for (const { fields, limit } of all) {
        if (limit !== null) encoder.setTableLimit(limit)
        const bytes = block(encoder, fields)
        const expected = fields.map(([name, value]) => `${name}\n${value}`).join('\n')
        const trimmed = fields.map(([name, value]) => `${name}\n${trim(value)}`).join('\n')
        const read = decoder.decode(bytes, 0, bytes.length).join('\n')
        if (read !== trimmed) return false
        if (plain.decode(bytes).flat().join('\n') !== expected) return false
      }
      return true
    }),
    { numRuns: 300 },
  )
  t.end()
})
