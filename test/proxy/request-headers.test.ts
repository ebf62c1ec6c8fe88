import t from 'tap'
import { AllowedHosts } from '../../src/access/allowed-hosts.js'
import { readClientHeaders, upstreamHeadersOf } from '../../src/proxy/request-headers.js'

const options = { hosts: new AllowedHosts(['proxy.internal']), requiredHeader: 'x-secret' }

/** What is left of fields that are given as lines. */
function forwarded(...lines: string[]): string[] {
  const raw = lines.flatMap((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const { fields } = readClientHeaders(raw, options)
  return fields.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${fields[i + 1] ?? ''}`] : []))
}

t.test('what is about an identity, a connection or a path here is not forwarded', (t) => {
  for (const line of [
    'Authorization: Bearer theirs',
    'AUTHORIZATION: Bearer theirs',
    'Proxy-Authorization: Basic x',
    'Proxy-Authenticate: Basic',
    'X-Serverless-Authorization: Bearer theirs',
    'Forwarded: for=1.2.3.4',
    'X-Forwarded-For: 1.2.3.4',
    'X-Forwarded-Anything: 1',
    'X-Real-IP: 1.2.3.4',
    'Expect: 100-continue',
    'Host: localhost',
    'Connection: keep-alive',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'Transfer-Encoding: chunked',
    'Trailer: x-sum',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABk',
    'TE: gzip',
    'Origin: http://localhost:3000',
    'Origin: http://proxy.internal',
    'Referer: http://127.0.0.1:8080/page?x',
    'Referer: http://[::1]/',
    'X-Secret: shared',
  ]) {
    t.same(forwarded(line), [], line)
  }
  t.end()
})

t.test('all else is, in order, with its bytes', (t) => {
  for (const line of [
    'content-type: application/json; charset=utf-8',
    'content-length: 3',
    'cookie: a=1; b=2',
    'user-agent: curl/8.5.0',
    'accept-encoding: gzip, br',
    'origin: https://tool.example',
    'referer: https://tool.example/page',
    'x-goog-user-project: one',
    'x-forwardedness: 1',
    'x-referer: http://localhost/',
    'link: http://localhost/',
    '__proto__: 1',
  ]) {
    t.same(forwarded(line), [line])
  }
  t.same(forwarded('X-A: 1', 'x-b: 2', 'X-A: 3'), ['x-a: 1', 'x-b: 2', 'x-a: 3'])
  t.end()
})

t.test('te is forwarded as trailers, if it has that', (t) => {
  t.same(forwarded('TE: trailers, deflate;q=0.5'), ['te: trailers'])
  t.same(forwarded('Connection: TE', 'TE: trailers'), ['te: trailers'])
  t.same(forwarded('TE: gzip ,  trailers'), ['te: trailers'])
  for (const other of ['trailersish', 'no-trailers', 'x;trailers', 'gzip']) {
    t.same(forwarded(`TE: ${other}`), [], other)
  }
  t.end()
})

t.test('fields that connection lists go no further', (t) => {
  t.same(forwarded('Connection: X-Hop, close', 'X-Hop: 1', 'X-End: 2'), ['x-end: 2'])
  t.same(forwarded('Connection: a,b', 'Connection: c', 'A: 1', 'B: 2', 'C: 3', 'D: 4'), ['d: 4'])
  t.same(forwarded('X-Hop: 1', 'Connection: x-hop'), [], 'also when listed later')
  t.same(forwarded('Connection: close', 'Close: 1'), ['close: 1'], 'close is an option, no field')
  t.same(
    forwarded('Connection: content-length', 'Content-Length: 3'),
    ['content-length: 3'],
    'but not the length of the message',
  )
  t.end()
})

t.test("a client's request id is kept if it can stand in a log", (t) => {
  const idOf = (...values: string[]): string | undefined =>
    readClientHeaders(
      values.flatMap((value) => ['X-Request-Id', value]),
      options,
    ).requestId
  t.equal(idOf('a.b_c-9'), 'a.b_c-9')
  t.equal(idOf('x'.repeat(128)), 'x'.repeat(128))
  for (const value of ['', 'x'.repeat(129), 'a b', 'a"b', 'é', 'a\n']) {
    t.equal(idOf(value), undefined, JSON.stringify(value))
  }
  t.equal(idOf(), undefined)
  t.equal(idOf('one', 'two'), undefined, 'and is the only one')
  t.equal(idOf('one', 'two', 'three'), undefined)
  t.same(forwarded('X-Request-Id: a'), [], 'it is sent by the forwarding')
  t.end()
})

t.test('the length of the body is read: none, known, or chunked', (t) => {
  t.equal(readClientHeaders([], options).contentLength, 0)
  t.equal(readClientHeaders(['Content-Length', '12'], options).contentLength, 12)
  t.equal(readClientHeaders(['Transfer-Encoding', 'chunked'], options).contentLength, undefined)
  t.end()
})

t.test('an id that holds a token of ours is not kept', (t) => {
  const idFor = (given: string): string => {
    const { requestId, headers, tokenAt } = upstreamHeadersOf(['x-request-id', given], {
      ...options,
      tokenHeader: 'authorization',
      createRequestId: () => 'made',
      traffic: { holdsSecret: (text) => text.includes('secret') },
    })
    t.same(headers, ['authorization', '', 'x-request-id', requestId])
    t.equal(tokenAt, 1)
    return requestId
  }
  t.equal(idFor('mine'), 'mine')
  t.equal(idFor('my-secret-1'), 'made')
  t.equal(idFor('not possible'), 'made')
  t.end()
})
