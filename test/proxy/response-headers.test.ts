import t from 'tap'
import { readResponseHeaders } from '../../src/proxy/response-headers.js'

const UPSTREAM = 'https://api.example'
const LOCAL = 'http://localhost:8080'

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
  t.equal(read('content-type', 'text/event-streams').isEventStream, false)
  t.end()
})
