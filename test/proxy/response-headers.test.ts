import t from 'tap'
import { canHttp1Carry, readResponseHeaders } from '../../src/proxy/response-headers.js'

const UPSTREAM = 'https://api.example'
const LOCAL = 'localhost:8080'

function read(...headers: string[]) {
  return readResponseHeaders(headers, UPSTREAM, LOCAL)
}

t.test('the header comes back as it is, repeated fields repeated', (t) => {
  const headers = ['set-cookie', 'a=1', 'x-a', '1', 'set-cookie', 'b=2', 'date', 'today']
  t.same(read(':status', '200', ...headers).fields, headers)
  t.end()
})

t.test('without what is about a connection, and without our own mark', (t) => {
  for (const name of [
    'connection',
    'keep-alive',
    'proxy-connection',
    'transfer-encoding',
    'te',
    'trailer',
    'http2-settings',
    'upgrade',
    'x-tailer-proxy-error',
  ]) {
    t.same(read(name, 'x').fields, [], name)
  }
  t.same(read('connection', 'x-hop', 'x-hop', '1', 'x-end', '2').fields, ['x-end', '2'])
  t.end()
})

t.test("a location on the upstream's origin is rewritten to the local one", (t) => {
  for (const [location, local] of [
    ['https://api.example/a?b#c', 'http://localhost:8080/a?b#c'],
    ['HTTPS://API.EXAMPLE/a', 'http://localhost:8080/a'],
    ['https://api.example', 'http://localhost:8080'],
    ['/a', '/a'],
    ['https://api.example.evil/a', 'https://api.example.evil/a'],
    ['https://api.example:444/a', 'https://api.example:444/a'],
    ['https://api.example@evil/', 'https://api.example@evil/'],
    ['https://other.example/', 'https://other.example/'],
    ['http://api.example/a', 'http://localhost:8080/a'],
    ['http://api.example:80/a', 'http://localhost:8080/a'],
    ['https://api.example:443/a', 'http://localhost:8080/a'],
    ['https://api.example:80/a', 'https://api.example:80/a'],
    ['http://api.example:8080/a', 'http://api.example:8080/a'],
    ['http://other.example/a', 'http://other.example/a'],
    ['//api.example/a', 'http://localhost:8080/a'],
    ['/go?to=https://api.example/a', '/go?to=https://api.example/a'],
    ['', ''],
  ]) {
    t.same(read('location', location as string).fields, ['location', local])
  }
  t.end()
})

t.test('the length comes last, so that Node leaves the bytes of other fields alone', (t) => {
  const { fields } = read('content-length', '3', 'content-disposition', 'attachment; filename=å')
  t.same(fields, ['content-disposition', 'attachment; filename=å', 'content-length', '3'])
  t.end()
})

t.test('the announced length and a stream of events are noticed', (t) => {
  t.equal(read('content-length', '430').contentLength, 430)
  t.equal(read().contentLength, undefined)
  for (const type of [
    'text/event-stream',
    'text/event-stream; charset=utf-8',
    'Text/Event-Stream',
  ]) {
    t.equal(read('content-type', type).isEventStream, true, type)
  }
  for (const type of ['text/event-streams', 'x-text/event-stream', 'text/plain']) {
    t.equal(read('content-type', type).isEventStream, false, type)
  }
  t.equal(read().isEventStream, false)
  t.end()
})

t.test('called by what is no host, a location on the upstream is its path alone', (t) => {
  for (const host of [undefined, '', '/run/proxy.sock', 'a b']) {
    const { fields } = readResponseHeaders(['location', `${UPSTREAM}/a?b`], UPSTREAM, host)
    t.same(fields, ['location', '/a?b'], String(host))
    const root = readResponseHeaders(['location', UPSTREAM], UPSTREAM, host)
    t.same(root.fields, ['location', '/'], String(host))
  }
  t.end()
})

t.test('a 204 has no length (RFC 9110 §8.6), and all else does', (t) => {
  t.same(read(':status', '204', 'content-length', '0', 'x-a', '1'), {
    fields: ['x-a', '1'],
    contentLength: undefined,
    isEventStream: false,
  })
  for (const status of ['200', '304', '404']) {
    t.equal(read(':status', status, 'content-length', '0').contentLength, 0, status)
  }
  t.end()
})

t.test('a location elsewhere in the header is no location', (t) => {
  t.same(read('content-location', `${UPSTREAM}/a`).fields, ['content-location', `${UPSTREAM}/a`])
  t.same(read('x-connection', 'x-a', 'x-a', '1').fields, ['x-connection', 'x-a', 'x-a', '1'])
  t.end()
})

t.test('HTTP/1 carries no control characters, in no field', (t) => {
  t.equal(canHttp1Carry([]), true)
  t.equal(canHttp1Carry(['x-a', 'a\tb', 'x-b', 'caf\xe9']), true)
  for (const bad of ['a\x01b', 'a\x7f', 'a\rb', 'a\nb', 'a\0']) {
    t.equal(canHttp1Carry(['x-a', bad]), false, JSON.stringify(bad))
    t.equal(canHttp1Carry(['x-a', '1', 'x-b', bad]), false, JSON.stringify(bad))
  }
  t.end()
})
