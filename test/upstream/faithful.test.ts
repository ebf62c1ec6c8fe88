import t from 'tap'
import type { Fields } from './hpack.js'
import { fieldOf, RawClient, request } from './raw-client.js'
import type { RawStream } from './raw-stream.js'
import { startStage } from './start.js'

const KIB = 1024
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const STATUSES = [200, 201, 204, 206, 301, 304, 400, 404, 409, 418, 429, 500, 503]
const BODIES = [undefined, '', 'small', 'x'.repeat(20 * KIB), 'y'.repeat(150 * KIB)]

const hasNoBody = (method: string, status: number): boolean =>
  method === 'HEAD' || status === 204 || status === 304

/** What the upstream says to `/STATUS/LENGTH`: with content-length, without, or in two frames. */
function answer(stream: RawStream): void {
  const [, status = '', kind = ''] = stream.path.split('/')
  const body = `${stream.method} ${stream.bodyBytes}`
  const fields: Fields = kind === 'length' ? [['content-length', String(body.length)]] : []
  if (hasNoBody(stream.method, Number(status))) {
    // A 204 announces no length (RFC 9110 §8.6); HEAD and 304 announce what GET would have.
    stream.headers(Number(status), status === '204' ? [] : fields, { end: true })
  } else {
    stream.headers(Number(status), fields)
    stream.data(body.slice(0, 3))
    stream.data(body.slice(3), { end: true })
  }
}

t.test('method × body × status come through as they are', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => {
      void stream.ended.then(() => {
        answer(stream)
      })
    },
  })
  let cases = 0
  for (const method of METHODS) {
    for (const body of BODIES) {
      for (const chunked of body === undefined ? [false] : [false, true]) {
        for (const kind of ['length', 'chunks']) {
          const statuses = (body?.length ?? 0) > KIB ? [200, 204, 500] : STATUSES
          for (const status of statuses) {
            const what = `${method} ${body?.length ?? 'none'} ${chunked} ${status} ${kind}`
            const path = `/${status}/${kind}`
            const seen = await request(listening, { method, path, body, chunked })
            const sent = server.requests.at(-1)!
            const expected = `${method} ${body?.length ?? 0}`
            const answered = hasNoBody(method, status) ? '' : expected
            const isRight =
              seen.isWhole &&
              seen.status === status &&
              seen.body.toString() === answered &&
              sent.method === method &&
              sent.body.toString() === (body ?? '')
            if (!isRight) t.match(seen, { status, isWhole: true }, what)
            cases++
          }
        }
      }
    }
  }
  t.equal(server.requests.length, cases, 'each was sent once')
  t.ok(cases > 700, `${cases} cases`)
})

t.test('path and query reach the upstream byte for byte', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => stream.answer(),
  })
  const targets = [
    '/',
    '/a%2Fb',
    '/%252e%252e/x',
    '/{}"|^`<>',
    '/a;b=c;d',
    '/a?b?c=d&&e=',
    '/?',
    '/./a',
    '/a/.hidden/...',
    '/a?x=/../y//z',
    '/%E2%82%AC%00',
    "/a!$&'()*+,:@[]~",
    `/${'long/'.repeat(1638)}`,
  ]
  for (const path of targets) {
    t.equal((await request(listening, { path })).status, 200, path.slice(0, 30))
    t.equal(server.requests.at(-1)!.path, path)
  }
})

t.test('header fields come through, repeated ones too', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) =>
      stream.answer(200, 'fine', [
        ['set-cookie', 'a=1; Path=/'],
        ['set-cookie', 'b=2, c'],
        ['x-twice', '1'],
        ['x-twice', '2'],
        ['x-latin', 'caf\xe9'],
        ['location', `${server.origin}/there?x`],
        ['x-empty', ''],
      ]),
  })
  const headers: [string, string][] = [
    ['Cookie', 'a=1'],
    ['cookie', 'b=2'],
    ['User-Agent', 'one'],
    ['User-Agent', 'two'],
    ['Content-Type', 'text/plain'],
    ['Content-Type', 'text/html'],
    ['X-Many', '1'],
    ['x-many', '2'],
    ['Accept', 'text/*;q=0.3'],
    ['Range', 'bytes=0-9'],
    ['If-None-Match', '"x"'],
    ['TE', 'trailers, deflate'],
    ['X-Latin', 'caf\xe9'],
    ['X-Empty', ''],
  ]
  const answer = await request(listening, { headers })
  const all = (name: string) => answer.fields.filter(([n]) => n === name).map(([, v]) => v)
  t.same(all('set-cookie'), ['a=1; Path=/', 'b=2, c'])
  t.same(all('x-twice'), ['1', '2'])
  t.equal(fieldOf(answer, 'x-latin'), 'caf\xe9')
  t.equal(fieldOf(answer, 'x-empty'), '')
  t.match(fieldOf(answer, 'location'), /^http:\/\/localhost\/there\?x$/)
  const [sent] = server.requests
  const values = (name: string) => sent!.fields.filter(([n]) => n === name).map(([, v]) => v)
  t.same(values('cookie').join('; '), 'a=1; b=2')
  t.same(values('user-agent').join(', '), 'one, two')
  t.same(values('content-type').join(', '), 'text/plain, text/html')
  t.same(values('x-many').join(', '), '1, 2')
  t.same(values('te'), ['trailers'])
  t.same(values('x-latin'), ['caf\xe9'])
  t.same(values('x-empty'), [''])
  t.same(values('range'), ['bytes=0-9'])
})

t.test('any field that a client repeats is no reason to fail', async (t) => {
  const { listening } = await startStage(t, { onRequest: (stream) => stream.answer() })
  const names = [
    ...['accept', 'age', 'content-location', 'content-range', 'date', 'etag', 'expires', 'from'],
    ...['if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'],
    ...['last-modified', 'location', 'max-forwards', 'range', 'referer', 'retry-after', 'server'],
    ...['content-encoding', 'content-language', 'content-disposition', 'dnt', 'priority'],
    ...['access-control-request-method', 'upgrade-insecure-requests', 'x-content-type-options'],
  ]
  for (const name of names) {
    const headers = [[name, '1'] as const, [name, '2'] as const]
    t.equal((await request(listening, { headers })).status, 200, name)
  }
})

t.test('trailers, interim responses, padding and CONTINUATION are read', async (t) => {
  const { listening } = await startStage(t, {
    onRequest: (stream) => {
      if (stream.path === '/trailers') {
        stream
          .headers(200)
          .data('body')
          .trailers([['x-sum', '42']])
      } else if (stream.path === '/trailers-only') {
        stream
          .headers(200, [['content-length', '4']])
          .data('body')
          .trailers([['x-sum', '42']])
      } else if (stream.path === '/interim') {
        stream
          .headers(103, [['link', '</a>; rel=preload']])
          .headers(100)
          .answer(200, 'body')
      } else if (stream.path === '/padded') {
        stream.headers(200, [], { padding: 255 })
        stream.data('bo', { padding: 100 }).data('', { padding: 50 })
        stream.data('dy', { padding: 0, end: true })
      } else {
        stream.headers(200, [['x-long', 'l'.repeat(30_000)]], { frames: 9 })
        stream.data('body', { end: true })
      }
    },
  })
  for (const path of ['/trailers', '/trailers-only', '/interim', '/padded', '/continued']) {
    const answer = await request(listening, { path })
    t.equal(answer.status, 200, path)
    t.ok(answer.isWhole)
    t.equal(answer.body.toString(), 'body')
    if (path === '/trailers') t.same(answer.trailers, [['x-sum', '42']])
    if (path === '/continued') t.equal(fieldOf(answer, 'x-long')?.length, 30_000)
  }
})

t.test('a field that HTTP/1 cannot carry is an error, and no more', async (t) => {
  const { listening } = await startStage(t, {
    onRequest: (stream) => {
      if (stream.path === '/next') stream.answer()
      else if (stream.path === '/header') stream.answer(200, 'body', [['x-bad', 'a\x01b']])
      else {
        stream.headers(200)
        if (stream.path === '/trailer') stream.data('body')
        stream.trailers([['x-bad', 'a\x7fb']])
      }
    },
  })
  const answer = await request(listening, { path: '/header' })
  t.equal(fieldOf(answer, 'x-tailer-proxy-error'), 'UPSTREAM_PROTOCOL')
  t.equal(fieldOf(answer, 'x-bad'), undefined)
  for (const path of ['/trailer', '/trailer-alone']) {
    const cut = await request(listening, { path })
    t.equal(fieldOf(cut, 'x-tailer-proxy-error'), 'UPSTREAM_PROTOCOL', path)
    t.same(cut.trailers, [])
    t.equal((await request(listening, { path: '/next' })).status, 200)
  }
})

t.test('a header block over the limit is an error, and no more', async (t) => {
  const { listening } = await startStage(t, {
    onRequest: (stream) => {
      if (stream.path === '/next') stream.answer()
      else stream.headers(200, [['x-long', 'l'.repeat(100_000)]], { frames: 9, end: true })
    },
  })
  const answer = await request(listening, { path: '/long' })
  t.equal(answer.status, 502)
  t.equal((await request(listening, { path: '/next' })).status, 200)
})

t.test('a response that is not what it announced is truncated', async (t) => {
  const { listening } = await startStage(t, {
    onRequest: (stream) => {
      const [, announced = '', ...parts] = stream.path.split('/')
      stream.headers(200, [['content-length', announced]])
      for (const part of parts) stream.data(part)
      stream.data('', { end: true })
    },
  })
  for (const path of ['/5/four', '/4/fo', '/3/four', '/4/four/more', '/1/', '/0/x']) {
    const answer = await request(listening, { path })
    const error = fieldOf(answer, 'x-tailer-proxy-error')
    const isVisible = !answer.isWhole || error !== undefined
    t.ok(isVisible, `${path}: ${error ?? 'truncated'}`)
    t.notOk(answer.connection === 'open' && error === undefined)
  }
  t.equal((await request(listening, { path: '/4/fo/ur' })).body.toString(), 'four')
})

t.test('headers without END_STREAM are no complete response either', async (t) => {
  const { listening, server } = await startStage(t, {
    onRequest: (stream) => {
      const [, status, length] = stream.path.split('/')
      stream.headers(Number(status), length ? [['content-length', length]] : [])
      if (stream.path === '/200/0/sentinel') stream.data('', { end: true })
    },
  })
  const cases = ['HEAD /200/4', 'GET /304/', 'GET /200/0', 'DELETE /204/']
  for (const [i, line] of cases.entries()) {
    const [method = '', path = ''] = line.split(' ')
    const client = new RawClient(listening).send({ method, path })
    const stream = await server.request(2 * i)
    // Another answer, later and whole, shows that this one had its time to be passed on.
    t.equal((await request(listening, { path: '/200/0/sentinel' })).status, 200)
    t.equal(client.receivedBytes, 0, line)
    stream.rst(2)
    const answer = await client.answer()
    t.equal(fieldOf(answer, 'x-tailer-proxy-error'), 'UPSTREAM_RESET', line)
    client.close()
  }
})
