import t from 'tap'
import { FrameWriter } from '../../../src/upstream/http2/frame-writer.js'
import { HpackEncoder } from '../../../src/upstream/http2/hpack-encoder.js'
import { writeRequestBlock } from '../../../src/upstream/http2/request-block.js'
import { FLAG, FrameReader } from '../frames.js'
import { HpackDecoder } from '../hpack.js'

const KIB = 1024

/** Each request as its fields, and what of it went out, in bytes. */
class Wire {
  readonly #frames = new FrameWriter()
  readonly #encoder = new HpackEncoder()
  readonly #decoder = new HpackDecoder()
  #id = -1

  say(headers: readonly string[], authority = 'api.test', method = 'GET', path = '/'): void {
    const head = { method, path, headers, body: null }
    writeRequestBlock(this.#frames, this.#encoder, (this.#id += 2), head, authority, 64 * KIB)
  }

  read(): { fields: [string, string][]; block: Buffer }[] {
    const frames = new FrameReader().read(Buffer.concat(this.#frames.take()))
    return frames.map(({ payload }) => ({
      fields: this.#decoder.decode(payload),
      block: payload,
    }))
  }
}

t.test('there is room for what is long, wherever in its memory a block begins', (t) => {
  for (const part of ['name', 'value', 'authority', 'method', 'path']) {
    const wire = new Wire()
    const expected: string[] = []
    for (let i = 0; i < 60; i++) {
      const long = String(i).repeat(1_500)
      const of = (name: string, otherwise: string): string => (name === part ? long : otherwise)
      const said = [of('authority', 'a'), of('method', 'GET'), of('path', '/')] as const
      const [authority, method, path] = said
      const [name, value] = [of('name', 'x-name'), of('value', 'v')]
      wire.say([name, value, 'x-last', String(i)], authority, method, path)
      expected.push([method, 'https', authority, path, value, i].join(' '))
    }
    const read = wire.read().map(({ fields }) => fields.map(([, value]) => value).join(' '))
    t.ok(read.join('\n') === expected.join('\n'), part)
  }
  t.end()
})

t.test('a bearer is said once, a cookie each time and never put into a table', (t) => {
  for (const name of ['authorization', 'x-serverless-authorization']) {
    const wire = new Wire()
    for (let i = 0; i < 2; i++) wire.say([name, `Bearer ${'x'.repeat(780)}`])
    const [first, second] = wire.read()
    t.ok(first!.block.length > 100)
    t.ok(second!.block.length < 10, name)
  }
  const wire = new Wire()
  for (let i = 0; i < 4; i++) wire.say(['cookie', 'id=secret'])
  for (const { block } of wire.read()) t.ok(block.includes('id=secret'))
  t.end()
})

t.test('a request without a body ends with its HEADERS, and no other does', (t) => {
  const flagsOf = (body: Buffer | null | undefined): number[] => {
    const frames = new FrameWriter()
    const head = { method: 'POST', path: '/', headers: [], body }
    writeRequestBlock(frames, new HpackEncoder(), 1, head, 'api.test', 16 * KIB)
    return new FrameReader().read(Buffer.concat(frames.take())).map(({ flags }) => flags)
  }
  t.strictSame(flagsOf(null), [FLAG.endHeaders | FLAG.endStream])
  t.strictSame(flagsOf(undefined), [FLAG.endHeaders])
  t.strictSame(flagsOf(Buffer.from('b')), [FLAG.endHeaders])
  t.end()
})
