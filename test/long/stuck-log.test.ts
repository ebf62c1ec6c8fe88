import { spawn } from 'node:child_process'
import { get } from 'node:http'
import type { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { freePort } from '../free-port.js'
import { CLI } from '../project-file.js'

const REQUESTS = 3_000

/** Opens a terminal, runs what follows on it, and reads nothing of it. */
const STUCK_TERMINAL = `
import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
print(pid, flush=True)
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status), flush=True)
`

async function proxyLine(): Promise<{ url: string; line: string[] }> {
  const port = await freePort()
  const variables = ['TAILER_PROXY_TOKEN=abc', 'TAILER_PROXY_UPSTREAM=https://127.0.0.1:1']
  const flags = ['--listen', `127.0.0.1:${port}`, '--admin', 'off']
  const line = ['env', '-i', 'TERM=xterm', ...variables, process.execPath, CLI, 'start', ...flags]
  return { url: `http://127.0.0.1:${port}/`, line }
}

/** Its next line; what comes after that piece is left unread. */
function nextLine(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const read = (piece: Buffer): void => {
      text += piece.toString()
      if (!text.includes('\n')) return
      stream.pause().off('data', read)
      resolve(text.slice(0, text.indexOf('\n')))
    }
    stream.on('data', read).resume()
  })
}

/**
 * Gives the status; 0 if nobody listens. Not by Node's `fetch`, which can wait for good where a
 * connection is closed before anything was sent.
 */
function ask(url: string): Promise<number> {
  return new Promise((resolve) => {
    get(url, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode ?? 0)
      })
    }).on('error', () => {
      resolve(0)
    })
  })
}

/** Asks until the proxy listens, and then more often than any pipe holds lines. */
async function askOften(t: Test, url: string): Promise<void> {
  while ((await ask(url)) === 0);
  for (let done = 0; done < REQUESTS; done += 50) {
    const statuses = await Promise.all(Array.from({ length: 50 }, () => ask(url)))
    if (statuses.some((status) => status !== 502)) t.fail(String(statuses))
  }
}

t.test('a terminal that stands still stops neither requests nor the end', async (t) => {
  const { url, line } = await proxyLine()
  const terminal = spawn('python3', ['-c', STUCK_TERMINAL, ...line])
  t.teardown(() => terminal.kill('SIGKILL'))
  const pid = Number(await nextLine(terminal.stdout))
  await askOften(t, url)
  const startedMs = performance.now()
  process.kill(pid, 'SIGTERM')
  t.equal(await nextLine(terminal.stdout), '0')
  t.ok(performance.now() - startedMs < 4_000)
})

for (const kind of ['pipe', 'socket'] as const) {
  t.test(`a log reader that stands still (a ${kind}) stops nothing either`, async (t) => {
    const { url, line } = await proxyLine()
    // Node gives its children sockets; a shell gives pipes.
    const shell = ['sh', '-c', '"$@" 2>&1 & echo $!; wait $!; echo $? >&2', 'sh', ...line]
    const piped = [
      'sh',
      '-c',
      '{ "$@" 2>&3 & echo $!; wait $!; echo $? >&4; } 3>&1 4>&2 | { read p; echo $p >&2; sleep 1000; }',
      'sh',
      ...line,
    ]
    const [program = '', ...argv] = kind === 'socket' ? shell : piped
    const child = spawn(program, argv, { detached: true })
    t.teardown(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    })
    const pid = Number(await nextLine(kind === 'socket' ? child.stdout : child.stderr))
    await askOften(t, url)
    const startedMs = performance.now()
    process.kill(pid, 'SIGTERM')
    t.equal(await nextLine(child.stderr), '0')
    t.ok(performance.now() - startedMs < 4_000)
  })
}
