/** Owns the clients of other languages: programs beside this file that take jobs and tell lines. */
import { spawn } from 'node:child_process'
import { projectFile } from '../project-file.js'
import type { Client, Job, Seen } from './client.js'
import { isInstalled, outputOf } from './program.js'

/** The system's first: its packages are older, and more forgiving. */
const PYTHONS = ['/usr/bin/python3', 'python3']
const PYTHON_PROGRAM = projectFile('test/clients/clients.py')
const JAVA_PROGRAM = projectFile('test/clients/Clients.java')
const RUBY_PROGRAM = projectFile('test/clients/clients.rb')
const GO_PROGRAM = projectFile('test/clients/client.go')
/** Nothing is fetched: the program needs the standard library alone. */
const GO = ['env', 'GOPROXY=off', 'GOFLAGS=-mod=mod', 'GOTOOLCHAIN=local', 'go']

/** A program gets the kind as its argument and a line for each job, `INDEX ORIGIN CONNECTION PATH BYTES`. */
function createClient(
  name: string,
  command: readonly string[] | undefined,
  missing: string,
): Client {
  return {
    name,
    transport: 'tcp',
    missing: command === undefined ? missing : undefined,
    run: (jobs) => runProgram(command ?? [], jobs),
  }
}

function createPythonClient(name: string, kind: string, module: string): Client {
  const python = PYTHONS.find((each) => isInstalled(each, ['-c', `import ${module}`]))
  const command = python === undefined ? undefined : [python, PYTHON_PROGRAM, kind]
  return createClient(name, command, `the Python module ${module}`)
}

function createJavaClient(name: string, kind: string, flags: readonly string[] = []): Client {
  const hasJava = isInstalled('java', ['--version'])
  const command = hasJava ? ['java', ...flags, JAVA_PROGRAM, kind] : undefined
  return createClient(name, command, 'java')
}

function createRubyClient(): Client {
  const command = isInstalled('ruby', ['--version']) ? ['ruby', RUBY_PROGRAM] : undefined
  return createClient('Net::HTTP of Ruby', command, 'ruby')
}

export const OTHERS: readonly Client[] = [
  createPythonClient("Python's http.client", 'http.client', 'http.client'),
  createPythonClient('urllib3', 'urllib3', 'urllib3'),
  createPythonClient('requests', 'requests', 'requests'),
  createJavaClient('HttpURLConnection of Java', 'HttpURLConnection'),
  createJavaClient('HttpClient of Java', 'HttpClient', [
    '-Djdk.httpclient.enableAllMethodRetry=true',
  ]),
  createRubyClient(),
  createClient(
    "Go's net/http",
    isInstalled('go', ['version']) ? [...GO, 'run', GO_PROGRAM] : undefined,
    'go',
  ),
]

async function runProgram(
  [program = '', ...args]: readonly string[],
  jobs: readonly Job[],
): Promise<Seen[]> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = jobs.map(({ origin, connection, path, bodyBytes }, i) =>
    [i, origin, connection, path, bodyBytes].join(' '),
  )
  child.stdin.end(`${lines.join('\n')}\n`)
  const seen = new Map<number, Seen>()
  for (const line of (await outputOf(child)).trimEnd().split('\n')) {
    const [index, status, code, retryAfter, complaint, body = ''] = line.split('\t')
    seen.set(Number(index), {
      status: Number(status),
      code: code || undefined,
      retryAfter: retryAfter || undefined,
      complaint: complaint || undefined,
      body: Buffer.from(body, 'base64').toString('latin1'),
    })
  }
  return jobs.map((_, i) => {
    const one = seen.get(i)
    if (one === undefined) throw new Error(`${program} told nothing of ${jobs[i]!.path}`)
    return one
  })
}
