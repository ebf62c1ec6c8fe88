/** Owns an upstream that writes down what it sees, and answers `200`. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import {
  createSecureServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'

/** A request as it reached the upstream. */
export interface Seen {
  readonly method: string
  readonly path: string
  /** All fields, pseudo-header fields too: name, value, … */
  readonly fields: readonly string[]
  /** Latin-1. */
  readonly body: string
}

export interface RecordingUpstream {
  readonly origin: string
  readonly caFile: string
  /** Complete requests, in order of their ends. */
  readonly seen: Seen[]
  /** Streams that are open at the moment. */
  readonly open: ReadonlySet<ServerHttp2Stream>
  /** Default: `200`, `ok`. */
  answer: (stream: ServerHttp2Stream, seen: Seen) => void
  /** Resolves when `condition` holds; asked whenever a stream begins, ends or closes. */
  until(condition: () => boolean): Promise<void>
}

export async function startUpstream(t: Pick<Test, 'teardown'>): Promise<RecordingUpstream> {
  const authority = await createCertificateAuthority()
  const { certificatePem, keyPem } = await authority.issue({ names: ['127.0.0.1'] })
  const server = createSecureServer({
    cert: certificatePem,
    key: keyPem,
    // Many fields are the test's affair.
    maxHeaderListPairs: 4_096,
  })
  const sessions = new Set<Http2Session>()
  const open = new Set<ServerHttp2Stream>()
  let waiting: (() => void)[] = []
  const tell = () => {
    for (const check of waiting) check()
  }
  const upstream: Omit<RecordingUpstream, 'origin' | 'caFile'> = {
    seen: [],
    open,
    answer: (stream) => {
      stream.respond({ ':status': 200 })
      stream.end('ok')
    },
    until: (condition) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (!condition()) return
          waiting = waiting.filter((other) => other !== check)
          resolve()
        }
        waiting.push(check)
        check()
      }),
  }
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => undefined)
    session.on('close', () => sessions.delete(session))
  })
  const onStream = (
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
  ) => {
    open.add(stream)
    const chunks: Buffer[] = []
    stream.on('error', () => undefined)
    stream.on('close', () => {
      open.delete(stream)
      tell()
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      if (stream.aborted) return
      const seen: Seen = {
        method: headers[':method'] ?? '',
        path: headers[':path'] ?? '',
        fields: rawHeaders,
        body: Buffer.concat(chunks).toString('latin1'),
      }
      upstream.seen.push(seen)
      if (!stream.destroyed) upstream.answer(stream, seen)
      tell()
    })
    tell()
  }
  server.on('stream', (...told: unknown[]) => {
    // Typed without the raw fields, which come last.
    const [stream, headers, , raw] = told as [
      ServerHttp2Stream,
      IncomingHttpHeaders,
      number,
      string[],
    ]
    onStream(stream, headers, raw)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const directory = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
  const caFile = join(directory, 'ca.pem')
  writeFileSync(caFile, authority.certificatePem)
  t.teardown(() => {
    for (const session of sessions) session.destroy()
    server.close()
    rmSync(directory, { recursive: true })
  })
  const { port } = server.address() as AddressInfo
  return Object.assign(upstream, { origin: `https://127.0.0.1:${port}`, caFile })
}
