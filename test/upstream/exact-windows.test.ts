import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { createDial, createTrust } from '../../src/upstream/dial.js'
import { Pool } from '../../src/upstream/pool.js'
import { Recorded } from './recorded.js'

const KIB = 1024
const SIZES = [64, 128, 256, 1024, 4096].flatMap((kib) => [kib * KIB - 1, kib * KIB, kib * KIB + 1])

t.test(
  'content that uses up a window exactly is whole, from a server that waits then',
  async (t) => {
    const authority = await createCertificateAuthority()
    const { certificatePem, keyPem } = await authority.issue({ names: ['127.0.0.1'] })
    const certificate = { cert: certificatePem, key: keyPem }
    // It sends END_STREAM in a frame of its own, and only while the window is open.
    const server = createSecureServer(certificate, (request, response) => {
      const size = Number(request.url.slice(1))
      response.writeHead(200, { 'content-length': size })
      response.end(Buffer.alloc(size, 'x'))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const origin = `https://127.0.0.1:${port}`
    const trust = () => createTrust([authority.certificatePem])
    const pool = new Pool({
      origin,
      dial: createDial({ origin, timeoutMs: 5_000, trust }),
      connectTimeoutMs: 5_000,
      observer: {
        connected: () => undefined,
        connectFailed: ({ reason }) => t.fail(reason),
        disconnected: () => undefined,
      },
    })
    t.teardown(() => {
      pool.close()
      server.close()
    })
    for (const size of SIZES) {
      for (const isPausing of [false, true]) {
        const recorded = new Recorded()
        if (isPausing) pauseOften(recorded)
        pool.dispatch({ method: 'GET', path: `/${size}`, headers: [], body: null }, recorded)
        await recorded.ended
        t.equal(recorded.body.length, size)
      }
    }
  },
)

/** Pauses at each part, as a client does whose socket is full, and goes on in the next turn. */
function pauseOften(recorded: Recorded): void {
  const onData = recorded.onData.bind(recorded)
  recorded.onData = (chunk) => {
    onData(chunk)
    recorded.exchange?.pause()
    setImmediate(() => recorded.exchange?.resume())
  }
}
