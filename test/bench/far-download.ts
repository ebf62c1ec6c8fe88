/**
 * `npm run bench -- far`: one download through a relay that adds a delay, by our client, whose window
 * opens as it takes what comes, and by `node:http2` with a window held at 1 MiB, as ours was. Server
 * and relay are processes of their own, as they are in life: what one thread can do with all three is
 * less than the network. Prints the rates and their ratios; fails where one is below 3.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectHttp2, createSecureServer } from 'node:http2'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { createDial, createTrust } from '../../src/upstream/dial.js'
import { Pool } from '../../src/upstream/pool.js'

/** What the relay adds, there and back, in milliseconds. */
const ROUND_TRIPS = [50, 100]
const BYTES = 96 * 1024 * 1024
const FIXED_WINDOW = 1024 * 1024
const REACH = 3

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function serve(): Promise<unknown> {
  const authority = await createCertificateAuthority()
  const { certificatePem: cert, keyPem: key } = await authority.issue({ names: ['127.0.0.1'] })
  const server = createSecureServer({ cert, key })
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200 })
    stream.end(Buffer.alloc(BYTES))
  })
  return { port: await listen(server), caPem: authority.certificatePem }
}

/** Passes on what comes, in order, `delayMs` later. */
function delay(from: Socket, to: Socket, delayMs: number): void {
  from.on('data', (chunk: Buffer) => {
    setTimeout(() => to.write(chunk), delayMs)
  })
  from.on('close', () => {
    setTimeout(() => to.destroy(), delayMs)
  })
  from.on('error', () => undefined)
}

async function relay(port: number, roundTripMs: number): Promise<unknown> {
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: '127.0.0.1', port, noDelay: true })
    delay(near, far, roundTripMs / 2)
    delay(far, near, roundTripMs / 2)
  })
  return { port: await listen(server) }
}

/** This file as a process of its own; gives what it says once it listens. */
async function start(...args: string[]): Promise<{ port: number; caPem: string; stop(): void }> {
  const child = fork(fileURLToPath(import.meta.url), args)
  const [said] = (await once(child, 'message')) as [{ port: number; caPem: string }]
  return { ...said, stop: () => void child.kill() }
}

/** Resolves with how long it took, in seconds. */
type Download = (origin: string, caPem: string) => Promise<number>

/** Gives the rate in MiB a second. */
async function measure(download: Download, roundTripMs: number): Promise<number> {
  const server = await start('server')
  const between = await start('relay', String(server.port), String(roundTripMs))
  const seconds = await download(`https://127.0.0.1:${between.port}`, server.caPem)
  between.stop()
  server.stop()
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

async function compare(): Promise<void> {
  for (const roundTripMs of ROUND_TRIPS) {
    const fixed = await measure(downloadByNode, roundTripMs)
    const ours = await measure(downloadByOurs, roundTripMs)
    const ratio = ours / fixed
    process.stdout.write(
      `${roundTripMs} ms away: ${ours.toFixed(1)} MiB/s, with a window of 1 MiB ` +
        `${fixed.toFixed(1)} MiB/s, ratio ${ratio.toFixed(2)}\n`,
    )
    if (ratio < REACH) process.exitCode = 1
  }
}

if (process.send === undefined) await compare()
else {
  const [what, port, roundTripMs] = process.argv.slice(2)
  process.send(await (what === 'server' ? serve() : relay(Number(port), Number(roundTripMs))))
}
