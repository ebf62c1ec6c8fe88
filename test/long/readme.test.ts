/** Runs what README.md shows, as printed: against an embedded Tailer API, in a folder of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import t, { type Test } from 'tap'
import { spawnCli } from '../cli/spawn-cli.js'
import { createDemoFiles } from '../commands/start-demo-proxy.js'
import { runIfInstalled } from '../config/installed.js'
import { freePort } from '../free-port.js'
import { CLI, projectFile } from '../project-file.js'

const readme = readFileSync(projectFile('README.md'), 'utf8')

/** How a block of commands is run: the word after its language, which readers do not see. */
const WAYS = ['runs', 'serves', 'demo', 'needs-docker']

interface Block {
  readonly language: string
  readonly way: string
  readonly text: string
}

const blocks = [...readme.matchAll(/^```(\w+)(?: (\S+))?\n([^]*?)^```$/gm)].map(
  ([, language = '', way = '', text = '']): Block => ({ language, way, text }),
)
const commands = blocks.filter(({ language }) => language === 'sh')

interface Machine {
  readonly folder: string
  readonly environment: Record<string, string>
  /** The block, with ports that are free here. */
  readonly localized: (text: string) => string
}

/** What a reader has: the program on the PATH, a key, a job; and an upstream on loopback. */
async function createMachine(t: Test): Promise<Machine> {
  const { api, credentials, caFile } = await createDemoFiles(t)
  const folder = t.testdir({ bin: {} })
  const program = (name: string, text: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  program('bin/tailer-proxy', `exec '${process.execPath}' '${CLI}' "$@"`)
  writeFileSync(join(folder, 'your-credentials.json'), readFileSync(credentials))
  const [port, admin] = [await freePort(), await freePort()]
  const localized = (text: string) =>
    text
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`)
      .replaceAll('127.0.0.1:9901', `127.0.0.1:${admin}`)
  const url = localized('${TAILER_API_URL:-http://127.0.0.1:8080}')
  program('job.sh', `curl --silent --show-error --data {} "${url}/v1/dag/status"`)
  return {
    folder,
    localized,
    environment: {
      PATH: [join(folder, 'bin'), process.env['PATH'] ?? ''].join(delimiter),
      HOME: folder,
      GOOGLE_APPLICATION_CREDENTIALS: credentials,
      TAILER_PROXY_UPSTREAM: api.origin,
      TAILER_PROXY_CA_FILE: caFile,
      TAILER_PROXY_LISTEN: `127.0.0.1:${port}`,
      TAILER_PROXY_ADMIN: `127.0.0.1:${admin}`,
    },
  }
}

interface Shell {
  readonly output: { stdout: string; stderr: string }
  readonly ended: Promise<number | null>
  /** Whether a proxy in it got ready, before it ended. */
  readonly isReady: Promise<boolean>
}

/** In bash, as a reader's terminal; a process group of its own, so that all of it can be stopped. */
function startShell(t: Test, { folder, environment }: Machine, text: string): Shell {
  const child = spawn('bash', ['-c', text], {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (part: string) => (output.stdout += part))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const isReady = new Promise<boolean>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      output.stderr += part
      if (output.stderr.includes('"msg":"ready"')) resolve(true)
    })
    void ended.then(() => {
      resolve(false)
    })
  })
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null)
      process.kill(-(child.pid ?? 0), 'SIGTERM')
    await ended
  })
  return { output, ended, isReady }
}

t.test('every block of commands says how it is run, or why it is not', (t) => {
  t.ok(commands.length >= 6)
  for (const { way, text } of commands) t.ok(WAYS.includes(way), text)
  t.end()
})

for (const { way, text } of commands) {
  const [title = ''] = text.split('\n').filter((line) => line !== 'set -e')
  if (way === 'runs') {
    t.test(`it runs as printed: ${title}`, async (t) => {
      const shell = startShell(t, await createMachine(t), text)
      t.equal(await shell.ended, 0, shell.output.stderr)
      t.match(shell.output.stdout, 'action is missing', 'the job has reached the API')
    })
  }
  if (way === 'serves') {
    t.test(`it serves as printed: ${title}`, async (t) => {
      const shell = startShell(t, await createMachine(t), text)
      t.ok(await shell.isReady, shell.output.stderr)
    })
  }
}

t.test('demo and the first request are as printed, and so is the response', async (t) => {
  const [start, request] = commands
  const [expected] = blocks.filter(({ language }) => language === 'json')
  const machine = await createMachine(t)
  const { PATH = '', TAILER_PROXY_LISTEN = '', TAILER_PROXY_ADMIN = '' } = machine.environment
  const inCheckout = {
    ...machine,
    folder: projectFile('.'),
    environment: { PATH, TAILER_PROXY_LISTEN, TAILER_PROXY_ADMIN },
  }
  // What is installed is what runs this test.
  const demo = startShell(t, inCheckout, start?.text.replace('npm ci\n', '') ?? '')
  t.ok(await demo.isReady, demo.output.stderr)
  const curl = startShell(t, machine, machine.localized(request?.text ?? ''))
  t.equal(await curl.ended, 0, curl.output.stderr)
  t.same(JSON.parse(curl.output.stdout), JSON.parse(expected?.text ?? ''))
})

/** The body of the first request. */
const [, body = ''] = /--data '([^']*)'/.exec(readme) ?? []

/** What is around the lines of a language, to make a program of them. */
const PROGRAMS: Record<string, { tool: string; file: string; around: (lines: string) => string }> =
  {
    python: {
      tool: 'python3',
      file: 'call.py',
      around: (lines) => `url = URL\nbody = BODY\n${lines}`,
    },
    js: {
      tool: process.execPath,
      file: 'call.mjs',
      around: (lines) => `const url = URL\nconst body = BODY\n${lines}`,
    },
    go: {
      tool: 'go',
      file: 'call.go',
      around: (lines) => `package main
import ("io"; "log"; "net/http"; "os"; "strings")
func main() { url := URL; body := BODY
${lines}}`,
    },
    java: {
      tool: 'java',
      file: 'Call.java',
      around: (
        lines,
      ) => `import java.net.URI; import java.net.http.*; import java.net.http.HttpRequest.*;
import java.net.http.HttpResponse.*;
class Call { public static void main(String[] args) throws Exception {
var url = URL; var body = BODY;
${lines}}}`,
    },
  }

for (const { language, text } of blocks.filter(({ language }) => language in PROGRAMS)) {
  t.test(`the lines in ${language} call the proxy`, async (t) => {
    const { tool, file, around } = PROGRAMS[language]!
    if (runIfInstalled([tool, tool === 'go' ? 'version' : '--version'], ['true']) === undefined) {
      t.comment(`NOT CHECKED: ${tool} is not installed here`)
      return
    }
    const demo = spawnCli(t, ['demo', '--listen', '127.0.0.1:0', '--admin', 'off'])
    const { listen } = await demo.logged('ready')
    const machine = await createMachine(t)
    const path = join(machine.folder, file)
    const program = around(text)
      .replace('URL', JSON.stringify(listen))
      .replace('BODY', JSON.stringify(body))
    writeFileSync(path, program)
    const run = startShell(t, machine, `${tool} ${tool === 'go' ? 'run ' : ''}'${path}'`)
    await run.ended
    t.match(run.output.stdout, '"status":"SUCCESS"', run.output.stderr)
  })
}
