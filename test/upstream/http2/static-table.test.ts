/** RFC 7541, appendix A: the table as a decoder of another make has it. */
import t from 'tap'
import { HpackDecoder } from '../../../src/upstream/http2/hpack-decoder.js'
import { HpackEncoder } from '../../../src/upstream/http2/hpack-encoder.js'
import { HpackDecoder as PlainDecoder } from '../hpack.js'

const ENTRIES = Array.from({ length: 61 }, (_, i) => {
  const bytes = Buffer.of(0x80 | (i + 1))
  const [field] = new PlainDecoder().decode(bytes)
  return { bytes, name: field![0], value: field![1] }
})

t.test('each of its 61 entries is read by its index, and none beyond', (t) => {
  for (const { bytes, name, value } of ENTRIES) {
    t.strictSame(new HpackDecoder(65_536).decode(bytes, 0, 1), [name, value])
  }
  t.throws(() => new HpackDecoder(65_536).decode(Buffer.of(0x80 | 62), 0, 1))
  t.end()
})

t.test('what is in it is said by its index, whole or its name alone', (t) => {
  const target = Buffer.alloc(64)
  for (const { bytes, name, value } of ENTRIES) {
    const whole = new HpackEncoder().write(target, 0, name, value, 'repeated')
    t.equal(target.toString('hex', 0, whole), bytes.toString('hex'), `${name} ${value}`)
    const end = new HpackEncoder().write(target, 0, name, 'other', 'never')
    t.ok(end <= 2 + 1 + 'other'.length, `${name} is not spelled out`)
    t.strictSame(new PlainDecoder().decode(target.subarray(0, end)), [[name, 'other']])
  }
  t.end()
})
