/**
 * Owns the upstream of the benchmark: a process of its own that gives the documented answer over
 * TLS and HTTP/2. Arguments: certificate file, key file. Prints its port.
 */
import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { STATUS_ANSWER } from './work.js'

const [certFile = '', keyFile = ''] = process.argv.slice(2)
const server = createSecureServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) })
server.on('stream', (stream) => {
  stream.on('error', () => undefined)
  stream.respond({
    ':status': 200,
    'content-type': 'application/json',
    'content-length': STATUS_ANSWER.length,
  })
  stream.resume().end(STATUS_ANSWER)
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
