/** Owns curl as a client: one process for each connection that it is to keep. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { byConnection, type Client, type Job, type Seen, WARM_PATH } from './client.js'
import { isInstalled, outputOf } from './program.js'

const MAX_SECONDS = 30
/** Begins each report; `header_json` spans lines. */
const REPORT = '=== report '

interface CurlOptions {
  readonly name: string
  readonly transport: Client['transport']
  /** For each request. */
  readonly options?: readonly string[]
}

function createCurl({ name, transport, options = [] }: CurlOptions): Client {
  return {
    name,
    transport,
    waitsForLength: transport === 'unix' && options.includes('http1.0'),
    retriesErrors: options.some((option) => option.startsWith('retry')),
    missing: isInstalled('curl', ['--version']) ? undefined : 'curl',
    run: (jobs) => byConnection(jobs, (origin, own) => runCurl(origin, own, options)),
  }
}

export const CURLS: readonly Client[] = [
  createCurl({ name: 'curl', transport: 'tcp' }),
  createCurl({ name: 'curl on a unix socket', transport: 'unix' }),
  createCurl({ name: 'curl --http1.0', transport: 'tcp', options: ['http1.0'] }),
  createCurl({ name: 'curl --http1.0 on a unix socket', transport: 'unix', options: ['http1.0'] }),
  createCurl({ name: 'curl --retry', transport: 'tcp', options: ['retry = 1'] }),
]

async function runCurl(
  origin: string,
  jobs: readonly Job[],
  options: readonly string[],
): Promise<Seen[]> {
  const directory = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
  try {
    const bodyOf = (job: Job): string => join(directory, `request-${job.bodyBytes}`)
    for (const job of jobs) writeFileSync(bodyOf(job), Buffer.alloc(job.bodyBytes, 'b'))
    const base = origin.startsWith('unix:') ? 'http://localhost' : origin
    const common = [...options, `max-time = ${MAX_SECONDS}`, 'globoff']
    if (origin.startsWith('unix:')) common.push(`unix-socket = "${origin.slice('unix:'.length)}"`)
    const transfers = jobs.flatMap((job, i) => [
      [...common, `url = "${base}${WARM_PATH}"`, 'output = "/dev/null"'],
      [
        ...common,
        `url = "${base}${job.path}"`,
        `data-binary = "@${bodyOf(job)}"`,
        `output = "${join(directory, String(i))}"`,
        `write-out = "${REPORT}%{exitcode} %{http_code} %{errormsg}\\n%{header_json}\\n"`,
      ],
    ])
    const config = transfers.map((lines) => lines.join('\n')).join('\nnext\n')
    const child = spawn('curl', ['--disable', '--silent', '--config', '-'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.stdin.end(config)
    const reports = (await outputOf(child)).split(REPORT).slice(1)
    return jobs.map((_, i) => read(reports[i] ?? '2 000 no report\n{}', join(directory, String(i))))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function read(report: string, bodyFile: string): Seen {
  const end = report.indexOf('\n')
  const [exit = '', status = '', ...message] = report.slice(0, end).split(' ')
  const fields = JSON.parse(report.slice(end)) as Record<string, string[]>
  return {
    status: Number(status),
    code: fields['x-tailer-proxy-error']?.[0],
    retryAfter: fields['retry-after']?.[0],
    body: readOr(bodyFile, ''),
    complaint: exit === '0' ? undefined : `curl ${exit} ${message.join(' ')}`,
  }
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return otherwise
  }
}
