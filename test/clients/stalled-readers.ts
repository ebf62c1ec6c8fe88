/** Owns the measuring of clients that ask for a download and do not read it. */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { request } from 'node:http'
import type { Test } from 'tap'
import { Flood } from './flood.js'
import { startBuiltProxy } from './start-built-proxy.js'

const MIB = 1024 * 1024
const NEIGHBOUR_EVERY_MS = 50
/** In which memory must come back. */
const FALL_MS = 10_000

export interface StalledReaders {
  readonly readers: number
  readonly frameBytes: number
  /** So much comes in large frames first. Default: nothing. */
  readonly leadBytes?: number
  readonly listen?: string
  /** Of the proxy, in MiB. */
  readonly heapMiB?: number
  /** So much may be left after they have gone. */
  readonly leftMiB: number
}

/** All memory in MiB, resident. */
export interface Measured {
  /** By how much it grew at most, while nobody read. */
  readonly growth: number
  /** How much of that was left after the readers had gone: within 10 s, or once it is `leftMiB`. */
  readonly left: number
  /** The slowest request of a neighbour. */
  readonly neighbourMs: number
  readonly sentBytes: number
}

export async function measureStalledReaders(t: Test, options: StalledReaders): Promise<Measured> {
  const { readers, frameBytes, leadBytes = 0, listen = '127.0.0.1:0', heapMiB, leftMiB } = options
  const flood = new Flood()
  t.teardown(() => {
    flood.stop()
  })
  const { cli, origin } = await startBuiltProxy(
    t,
    {
      settings: { maxConcurrentStreams: 1000 },
      onRequest: (stream) => {
        if (stream.path === '/flood') flood.add(stream, frameBytes, leadBytes)
        else stream.answer()
      },
    },
    ['--listen', listen],
    heapMiB === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` },
  )
  const { pid } = cli.process
  for (let i = 0; i < 100; i++) await neighbour(origin)
  const before = rssOf(pid!)
  let most = before
  let neighbourMs = 0
  const watch = new AbortController()
  const watching = (async () => {
    while (!watch.signal.aborted) {
      neighbourMs = Math.max(neighbourMs, await neighbour(origin))
      most = Math.max(most, rssOf(pid!))
      await new Promise((resolve) => setTimeout(resolve, NEIGHBOUR_EVERY_MS))
    }
  })()
  const sockets = Array.from({ length: readers }, () => stall(origin))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  await flood.stands()
  watch.abort()
  await watching
  const { sentBytes } = flood
  for (const socket of sockets) socket.destroy()
  const deadline = performance.now() + FALL_MS
  let left = Infinity
  while (left > leftMiB && performance.now() < deadline) {
    await neighbour(origin)
    left = Math.min(left, rssOf(pid!) - before)
    await new Promise((resolve) => setTimeout(resolve, NEIGHBOUR_EVERY_MS))
  }
  const measured = { growth: most - before, left, neighbourMs, sentBytes }
  t.comment(JSON.stringify(measured))
  return measured
}

function rssOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / MIB
}

function toOf(origin: string): { path: string } | { host: string; port: number } {
  if (origin.startsWith('unix:')) return { path: origin.slice('unix:'.length) }
  return { host: '127.0.0.1', port: Number(new URL(origin).port) }
}

/** Asks, and never reads. */
function stall(origin: string): Socket {
  const socket = connect(toOf(origin)).on('error', () => undefined)
  socket.pause()
  socket.write('GET /flood HTTP/1.1\r\nhost: localhost\r\n\r\n')
  return socket
}

/** Gives how long a small request took, in milliseconds. */
function neighbour(origin: string): Promise<number> {
  const beganMs = performance.now()
  const to = toOf(origin)
  const options = 'path' in to ? { socketPath: to.path } : to
  return new Promise((resolve, reject) => {
    request({ ...options, path: '/neighbour' }, (response) => {
      response.resume().on('end', () => {
        resolve(performance.now() - beganMs)
      })
    })
      .on('error', reject)
      .end()
  })
}
