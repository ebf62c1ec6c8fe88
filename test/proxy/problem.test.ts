import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import t, { type Test } from 'tap'
import { PROXY_ERRORS, type ProxyErrorCode } from '../../src/errors.js'
import { type ProblemOptions, sendProblem, writeProblem } from '../../src/proxy/problem.js'
import { get, head } from '../corpus/vector.js'
import { type Answer, openClient } from '../integration/raw-client.js'

const OPTIONS = { requestId: 'an-id' }
const CODES = Object.keys(PROXY_ERRORS) as ProxyErrorCode[]
/** After these the rest of the connection cannot be trusted, or is not wanted. */
const CLOSING = new Set<ProxyErrorCode>([
  ...(['BAD_REQUEST', 'REQUEST_TIMEOUT', 'HEADERS_TOO_LARGE', 'METHOD_NOT_ALLOWED'] as const),
  ...(['USER_NOT_ALLOWED', 'NOT_IMPLEMENTED', 'SHUTTING_DOWN'] as const),
])

async function portOf(t: Test, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Sends one request to a server that responds as it is told; gives what the client got. */
async function ask(
  t: Test,
  bytes: string,
  code: ProxyErrorCode,
  options: Partial<ProblemOptions> = {},
  isRead = false,
): Promise<Answer & { bytesDown: number }> {
  let bytesDown = -1
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    // As of a header that could not be written.
    response.statusMessage = 'Left Behind'
    const send = (): void => {
      bytesDown = sendProblem(request, response, code, { ...OPTIONS, ...options })
    }
    if (isRead) request.resume().on('end', send)
    else send()
  }
  const server = createHttpServer(respond).on('checkContinue', respond)
  const client = openClient(await portOf(t, server), [bytes.slice(0, bytes.indexOf(' '))])
  client.send(bytes)
  const [answer] = await client.answers(1)
  const isOver = answer!.headers['connection'] === 'close'
  if (isOver) await client.closed()
  client.socket.destroy()
  const [statusLine] = client.received.split('\r\n')
  t.notMatch(statusLine, /Left Behind/)
  return { ...answer!, bytesDown }
}

t.test('each code has its problem document and its header', async (t) => {
  for (const code of CODES) {
    const [status, title, detail] = PROXY_ERRORS[code]
    const answer = await ask(t, get('/'), code)
    t.equal(answer.status, status)
    t.match(answer.headers, {
      'content-type': 'application/problem+json',
      'content-length': String(answer.body.length),
      'x-tailer-proxy-error': code,
      date: /GMT/,
    })
    t.same(JSON.parse(answer.body), {
      ...{ type: 'about:blank', title, status, code, detail, requestId: 'an-id' },
    })
    t.equal(answer.bytesDown, answer.body.length)
    t.equal(answer.headers['connection'], CLOSING.has(code) ? 'close' : 'keep-alive', code)
    t.equal(answer.headers['retry-after'], status === 503 ? '1' : undefined, code)
  }
})

t.test('what is given stands in the place of what is fixed', async (t) => {
  const answer = await ask(t, get('/'), 'OVERLOADED', {
    ...{ detail: 'a détail', headers: ['vary', 'Origin'], retryAfterSeconds: 1.2, isLast: true },
  })
  t.match(answer.headers, { vary: 'Origin', 'retry-after': '2', connection: 'close' })
  t.equal(answer.headers['content-length'], String(answer.bytesDown))
  t.match(Buffer.from(answer.body, 'latin1').toString(), /"detail":"a détail"/)
  const soon = await ask(t, get('/'), 'OVERLOADED', { retryAfterSeconds: 0 })
  t.equal(soon.headers['retry-after'], '1', 'never at once')
})

t.test('what is left of a body is not taken for the next request', async (t) => {
  const post = (...fields: string[]): string => head('POST / HTTP/1.1', 'Host: a', ...fields)
  for (const [what, bytes, connection] of [
    ['half a body', `${post('Content-Length: 4')}ab`, 'close'],
    ['half a chunked body', `${post('Transfer-Encoding: chunked')}2\r\nab\r\n`, 'close'],
    ['one that waits to be asked', post('Content-Length: 4', 'Expect: 100-continue'), 'close'],
    ['one that waits, with none to send', post('Expect: 100-continue'), 'close'],
    ['none', get('/'), 'keep-alive'],
  ] as const) {
    const { headers } = await ask(t, bytes, 'NOT_ALLOWED')
    t.equal(headers['connection'], connection, what)
  }
  const whole = `${post('Content-Length: 4')}abcd`
  const { headers } = await ask(t, whole, 'NOT_ALLOWED', {}, true)
  t.equal(headers['connection'], 'keep-alive', 'of a body that was read, nothing is left')
})

t.test('HEAD gets the header alone', async (t) => {
  const answer = await ask(t, head('HEAD / HTTP/1.1', 'Host: a'), 'NOT_ALLOWED')
  t.equal(answer.body, '')
  t.equal(answer.bytesDown, 0)
  t.match(answer.headers['content-length'], /^[1-9]/)
})

t.test('on a bare socket it is HTTP all the same, and the last word', async (t) => {
  let bytesDown = 0
  const server = createTcpServer((socket) => {
    bytesDown = writeProblem(socket, 'OVERLOADED', { ...OPTIONS, headers: ['x-a', '1'] })
    socket.end()
  })
  const client = openClient(await portOf(t, server))
  const [answer] = await client.closed()
  t.match(client.received, /^HTTP\/1\.1 503 Service Unavailable\r\n/)
  t.match(answer, {
    status: 503,
    code: 'OVERLOADED',
    headers: { connection: 'close', 'x-a': '1', 'retry-after': '1' },
  })
  t.equal(answer?.body.length, bytesDown)
  t.match(JSON.parse(answer!.body), { code: 'OVERLOADED', requestId: 'an-id' })
})
