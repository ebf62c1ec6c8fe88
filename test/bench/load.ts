/**
 * Owns the load: a process of its own that posts the documented status request over keep-alive
 * connections for a while, and prints `{ requests, failed, p50, p99 }` (microseconds) as JSON.
 * Arguments: `h1` or `h2`, port, connections, milliseconds, and for `h2` the CA file and token.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { STATUS_PATH, STATUS_REQUEST } from './work.js'

const [protocol, port = '', connections = '', durationMs = '', caFile = '', token = ''] =
  process.argv.slice(2)
const latencies: number[] = []
let isOver = false
let failed = 0

const REQUEST = Buffer.from(
  `POST ${STATUS_PATH} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8\r\nAccept: */*\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${STATUS_REQUEST.length}\r\n\r\n` +
    STATUS_REQUEST,
)

/** One connection, one request after the other. */
async function runHttp1(): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: Number(port), noDelay: true })
  await once(socket, 'connect')
  let startedAt = performance.now()
  let received = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text
    if (!isWhole(received)) return
    if (!received.startsWith('HTTP/1.1 200')) failed++
    received = ''
    latencies.push(performance.now() - startedAt)
    if (isOver) {
      socket.destroy()
      return
    }
    startedAt = performance.now()
    socket.write(REQUEST)
  })
  socket.write(REQUEST)
  await once(socket, 'close')
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  if (head === -1) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  if (length === undefined) return text.endsWith('\r\n0\r\n\r\n')
  return text.length >= head + 4 + Number(length)
}

async function runHttp2(session: ClientHttp2Session): Promise<void> {
  while (!isOver) {
    const startedAt = performance.now()
    const stream = session.request({
      ':method': 'POST',
      ':path': STATUS_PATH,
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    })
    stream.resume().end(STATUS_REQUEST)
    await once(stream, 'end')
    latencies.push(performance.now() - startedAt)
  }
}

const count = Number(connections)
setTimeout(() => (isOver = true), Number(durationMs))
if (protocol === 'h1') await Promise.all(Array.from({ length: count }, runHttp1))
else {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: readFileSync(caFile) })
  // As a proxy would: at most 100 streams at once.
  const streams = Array.from({ length: Math.min(count, 100) }, () => runHttp2(session))
  await Promise.all(streams)
  session.close()
}
latencies.sort((a, b) => a - b)
const percentile = (share: number): number =>
  Math.round((latencies[Math.floor(latencies.length * share)] ?? 0) * 1000)
process.stdout.write(
  JSON.stringify({
    requests: latencies.length,
    failed,
    p50: percentile(0.5),
    p99: percentile(0.99),
  }),
)
