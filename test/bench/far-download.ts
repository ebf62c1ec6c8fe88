/**
 * `npm run bench -- far`: one download through a relay that adds 50 ms each way, by our client, whose
 * window opens as it takes what comes, and by `node:http2` with a window held at 1 MiB, as ours was.
 * Prints both rates and their ratio; fails below 3.
 */
import { once } from 'node:events'
import { connect as connectHttp2, createSecureServer } from 'node:http2'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { createDial, createTrust } from '../../src/upstream/dial.js'
import { Pool } from '../../src/upstream/pool.js'

const DELAY_MS = 50
const BYTES = 96 * 1024 * 1024
const FIXED_WINDOW = 1024 * 1024
const REACH = 3

/** Passes on what comes, in order, `DELAY_MS` later. */
function delay(from: Socket, to: Socket): void {
  from.on('data', (chunk: Buffer) => {
    setTimeout(() => to.write(chunk), DELAY_MS)
  })
  from.on('close', () => {
    setTimeout(() => to.destroy(), DELAY_MS)
  })
  from.on('error', () => undefined)
}

/** Resolves with the rate in MiB a second. */
type Download = (origin: string, caPem: string) => Promise<number>

async function measure(download: Download): Promise<number> {
  const authority = await createCertificateAuthority()
  const { certificatePem: cert, keyPem: key } = await authority.issue({ names: ['127.0.0.1'] })
  const server = createSecureServer({ cert, key }).listen(0, '127.0.0.1')
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200 })
    stream.end(Buffer.alloc(BYTES))
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const relay = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: '127.0.0.1', port, noDelay: true })
    delay(near, far)
    delay(far, near)
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const origin = `https://127.0.0.1:${(relay.address() as AddressInfo).port}`
  const seconds = await download(origin, authority.certificatePem)
  relay.close()
  server.close()
  return BYTES / seconds / 1024 / 1024
}

async function downloadByOurs(origin: string, caPem: string): Promise<number> {
  const pool = new Pool({
    origin,
    dial: createDial({ origin, timeoutMs: 10_000, trust: () => createTrust([caPem]) }),
    connectTimeoutMs: 10_000,
    observer: {
      connected: () => undefined,
      connectFailed: () => undefined,
      disconnected: () => undefined,
    },
  })
  await pool.connect()
  const startedMs = performance.now()
  const received = await new Promise<number>((resolve, reject) => {
    let bytes = 0
    pool.dispatch(
      { method: 'GET', path: '/', headers: [], body: null },
      {
        onOpen: () => undefined,
        onHeaders: () => undefined,
        onDrain: () => undefined,
        onData: (chunk) => (bytes += chunk.length),
        onEnd: () => {
          resolve(bytes)
        },
        onError: reject,
      },
    )
  })
  const seconds = (performance.now() - startedMs) / 1000
  pool.close()
  if (received !== BYTES) throw new Error(`${received} bytes came`)
  return seconds
}

async function downloadByNode(origin: string, ca: string): Promise<number> {
  const session = connectHttp2(origin, { ca, settings: { initialWindowSize: FIXED_WINDOW } })
  await once(session, 'connect')
  session.setLocalWindowSize(16 * FIXED_WINDOW)
  const startedMs = performance.now()
  const stream = session.request({ ':path': '/' })
  await once(stream.resume(), 'end')
  const seconds = (performance.now() - startedMs) / 1000
  session.close()
  return seconds
}

const fixed = await measure(downloadByNode)
const ours = await measure(downloadByOurs)
const ratio = ours / fixed
process.stdout.write(
  `through ${2 * DELAY_MS} ms: ${ours.toFixed(1)} MiB/s, with a window of 1 MiB ` +
    `${fixed.toFixed(1)} MiB/s, ratio ${ratio.toFixed(2)}\n`,
)
process.exitCode = ratio < REACH ? 1 : 0
