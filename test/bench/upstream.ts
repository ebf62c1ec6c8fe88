/**
 * Owns the upstream of the benchmark: a process of its own that gives the documented answer over
 * TLS and HTTP/2, and costs as little as it can, so that it is the proxies that are measured. It
 * reads frames as far as it needs them, and its answers are bytes that are made once.
 * Arguments: certificate file, key file. Prints its port.
 */
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { FLAG, frame, PREFACE, settingsFrame, TYPE, uint32 } from '../upstream/frames.js'
import { encodeFields } from '../upstream/hpack.js'
import { STATUS_ANSWER } from './work.js'

const ANSWER = Buffer.concat([
  frame(
    TYPE.headers,
    FLAG.endHeaders,
    0,
    encodeFields([
      [':status', '200'],
      ['content-type', 'application/json'],
      ['content-length', String(STATUS_ANSWER.length)],
      ['date', new Date().toUTCString()],
    ]),
  ),
  frame(TYPE.data, FLAG.endStream, 0, Buffer.from(STATUS_ANSWER)),
])
const DATA_AT = ANSWER.indexOf(STATUS_ANSWER) - 9
/** So many streams Cloud Run allows on one connection. */
const SETTINGS = settingsFrame({ maxConcurrentStreams: 100, initialWindowSize: 1024 * 1024 })
const CREDIT = 1024 * 1024

function serve(socket: TLSSocket): void {
  let rest: Buffer = Buffer.alloc(0)
  let skip = PREFACE.length
  let received = 0
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.write(Buffer.concat([SETTINGS, frame(TYPE.windowUpdate, 0, 0, uint32(CREDIT))]))
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const answers: Buffer[] = []
    let at = Math.min(skip, bytes.length)
    skip -= at
    while (at + 9 <= bytes.length) {
      const length = bytes.readUIntBE(at, 3)
      if (at + 9 + length > bytes.length) break
      const type = bytes[at + 3]!
      const flags = bytes[at + 4]!
      const hasEnded = (type === TYPE.headers || type === TYPE.data) && flags & FLAG.endStream
      if (hasEnded) answers.push(answerTo(bytes.readUInt32BE(at + 5)))
      else if (type === TYPE.settings && !(flags & FLAG.ack)) {
        answers.push(frame(TYPE.settings, FLAG.ack, 0))
      } else if (type === TYPE.ping && !(flags & FLAG.ack)) {
        answers.push(frame(TYPE.ping, FLAG.ack, 0, bytes.subarray(at + 9, at + 17)))
      }
      if (type === TYPE.data) received += length
      at += 9 + length
    }
    rest = bytes.subarray(at)
    if (received >= CREDIT / 2) {
      answers.push(frame(TYPE.windowUpdate, 0, 0, uint32(received)))
      received = 0
    }
    if (answers.length > 0) socket.write(Buffer.concat(answers))
  })
}

function answerTo(streamId: number): Buffer {
  const answer = Buffer.from(ANSWER)
  answer.writeUInt32BE(streamId, 5)
  answer.writeUInt32BE(streamId, DATA_AT + 5)
  return answer
}

const [certFile = '', keyFile = ''] = process.argv.slice(2)
const server = createServer(
  { cert: readFileSync(certFile), key: readFileSync(keyFile), ALPNProtocols: ['h2'] },
  serve,
)
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
