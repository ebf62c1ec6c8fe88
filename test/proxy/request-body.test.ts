import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import t from 'tap'
import { RequestBody } from '../../src/proxy/request-body.js'
import { Recorded } from '../upstream/recorded.js'
import { ScriptedExchange } from './scripted-upstream.js'

const KIB = 1024
const HEAD = { method: 'PUT', path: '/', headers: [], body: undefined }

/** Lets the events of a stream come. */
const turn = (): Promise<void> => new Promise(setImmediate)

function begin(contentLength: number | undefined, limit = 64 * KIB) {
  const told: string[] = []
  const request = new IncomingMessage(new Socket())
  const body = new RequestBody(request, contentLength, limit, {
    onWhole: () => void told.push('whole'),
    onProgress: () => void told.push('progress'),
  })
  const open = (): ScriptedExchange => new ScriptedExchange(HEAD, new Recorded())
  return { told, request, body, open }
}

t.test('a body announced to be at most 16 KiB goes up whole, a larger one as it comes', (t) => {
  t.equal(begin(undefined).body.isStreamed, true, 'of unknown length')
  t.equal(begin(16 * KIB).body.isStreamed, false)
  t.equal(begin(16 * KIB + 1).body.isStreamed, true)
  t.equal(begin(1 * KIB, 1 * KIB).body.isStreamed, false)
  t.equal(begin(1 * KIB + 1, 1 * KIB).body.isStreamed, true, 'over the limit for a replay')
  t.equal(begin(0).body.isStreamed, false)
  t.end()
})

t.test('a request without a body is whole at once', (t) => {
  const { told, body } = begin(0)
  t.equal(body.hasEnded, true)
  body.collect()
  t.same(told, ['whole'])
  t.equal(body.whole, null)
  t.equal(body.isKept, true)
  t.end()
})

t.test('a small body is whole when all of it came', async (t) => {
  const { told, body, request } = begin(4)
  t.equal(body.hasEnded, false)
  body.collect()
  request.push(Buffer.from('ab'))
  await turn()
  t.same(told, ['progress'])
  t.equal(body.whole, null)
  request.push(Buffer.from('cd'))
  request.push(null)
  await turn()
  t.same(told, ['progress', 'progress', 'whole'])
  t.equal(body.whole?.toString(), 'abcd')
  t.equal(body.bytes, 4)
  t.equal(body.hasEnded, true)
})

t.test('a streamed body stops while the upstream takes no more', async (t) => {
  const { body, request, open } = begin(undefined)
  const exchange = open()
  body.sendTo(exchange)
  exchange.takesMore = false
  t.equal(body.isUpstreamFull, false)
  request.push(Buffer.from('a'))
  await turn()
  t.equal(body.isUpstreamFull, true)
  t.equal(request.isPaused(), true)
  request.push(Buffer.from('bc'))
  await turn()
  t.same(exchange.calls, ['write 1'])
  exchange.takesMore = true
  body.onDrain()
  t.equal(body.isUpstreamFull, false)
  await turn()
  t.same(exchange.calls, ['write 1', 'write 2'])
  request.push(null)
  await turn()
  t.same(exchange.calls, ['write 1', 'write 2', 'end'])
  t.equal(body.hasEnded, true)
})

t.test('what is withheld is read no further, and sent elsewhere from its beginning', async (t) => {
  const { body, request, open } = begin(undefined)
  const [first, second] = [open(), open()]
  first.takesMore = false
  body.sendTo(first)
  request.push(Buffer.from('abc'))
  await turn()
  body.withhold()
  t.equal(request.isPaused(), true)
  body.sendTo(second)
  t.equal(body.isUpstreamFull, false)
  request.push(null)
  await turn()
  t.same(first.calls, ['write 3'])
  t.same(second.calls, ['write 3', 'end'])
  const third = open()
  body.sendTo(third)
  t.same(third.calls, ['write 3', 'end'], 'also when all of it is there')
})

t.test('a body is kept up to the limit, and no byte more', async (t) => {
  for (const [bytes, isKept] of [
    [10, true],
    [11, false],
  ] as const) {
    const { body, request, open } = begin(undefined, 10)
    t.equal(body.isKept, true, 'as long as nothing came')
    body.sendTo(open())
    request.push(Buffer.alloc(bytes))
    await turn()
    t.equal(body.isKept, isKept, `${bytes} bytes`)
    request.push(Buffer.alloc(10))
    await turn()
    t.equal(body.isKept, false)
    t.equal(body.bytes, bytes + 10)
  }
})

t.test('what still arrives after the response runs into the void', async (t) => {
  const { told, body, request, open } = begin(undefined)
  const exchange = open()
  body.sendTo(exchange)
  request.push(Buffer.from('a'))
  await turn()
  exchange.takesMore = false
  request.push(Buffer.from('b'))
  await turn()
  body.discard()
  told.length = 0
  request.push(Buffer.from('c'))
  request.push(null)
  await turn()
  t.same(exchange.calls, ['write 1', 'write 1'])
  t.same(told, [])
  t.equal(request.readableEnded, true, 'it is read to its end, for the request that follows')
  t.equal(body.isKept, false)
})

t.test('a drain does not wake a body that nobody wants', (t) => {
  const { body, request } = begin(0)
  body.discard()
  request.pause()
  body.onDrain()
  t.equal(request.isPaused(), true)
  t.end()
})
