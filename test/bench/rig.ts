/** Owns the processes of a benchmark: the upstream, the load, whoever stands between, and their end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { STATUS_ANSWER } from './work.js'

export const folder = mkdtempSync(join(tmpdir(), 'tailer-proxy-bench-'))
const children: ChildProcess[] = []

/** Runs it, and leaves nothing behind. */
export async function withRig(work: () => Promise<void>): Promise<void> {
  try {
    if (STATUS_ANSWER.length < 400) throw new Error('the response is not the documented one')
    await work()
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Ends with the benchmark. */
export function ours<T extends ChildProcess>(child: T): T {
  children.push(child)
  return child
}

export async function startUpstream(): Promise<{ caFile: string; upstreamPort: number }> {
  const authority = await createCertificateAuthority()
  const { certificatePem, keyPem } = await authority.issue({ names: ['127.0.0.1', 'localhost'] })
  const [caFile, certFile, keyFile] = [
    write('ca.pem', authority.certificatePem),
    write('cert.pem', certificatePem),
    write('key.pem', keyPem),
  ]
  const child = spawnScript('upstream.js', [certFile, keyFile])
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return { caFile, upstreamPort: Number(port.toString()) }
}

export interface LoadResult {
  requests: number
  failed: number
  p50: number
  p99: number
}

export async function runLoad(args: string[]): Promise<LoadResult> {
  const child = spawnScript('load.js', args)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`the load failed with ${code}`)
  return JSON.parse(output) as LoadResult
}

function spawnScript(name: string, args: readonly string[]) {
  const script = new URL(name, import.meta.url).pathname
  return ours(spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] }))
}

/** Until it accepts a connection. */
export async function untilOpen(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended at start`)
    const socket = connect({ host: '127.0.0.1', port })
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => {
        resolve(true)
      })
      socket.once('error', () => {
        resolve(false)
      })
    })
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}
