import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createTailerApi } from '../../src/demo/tailer-api.js'
import { COMMANDS } from '../../src/settings/command-line/parse-command-line.js'
import { usageFor } from '../../src/settings/help/usage.js'
import { freePort } from '../free-port.js'
import { CLI } from '../project-file.js'

/** What each example prints, where it prints something that is its own. */
const PRINTS: Readonly<Partial<Record<string, RegExp>>> = {
  overview: /"results"/,
  start: /"results"/,
  run: /"results"/,
  demo: /^curl /,
  check: /all is well/,
  healthcheck: /healthy/,
  wait: /ready/,
  help: /^usage: tailer-proxy \[start\]/,
  version: /^tailer-proxy \d/,
}

const api = await createTailerApi()
t.teardown(() => api.close())

for (const command of [undefined, ...COMMANDS]) {
  const name = command ?? 'overview'
  t.test(`the example of ${name} runs as it is printed`, async (t) => {
    const [listen, admin] = await Promise.all([freePort(), freePort()])
    // Another port than the usual one, which somebody may have.
    const script = exampleOf(usageFor(command)).replaceAll(':8080', `:${listen}`)
    const shell = runScript(t, script, {
      TAILER_PROXY_LISTEN: `127.0.0.1:${listen}`,
      TAILER_PROXY_ADMIN: `127.0.0.1:${admin}`,
      ...(script.includes('your-credentials.json') && {
        TAILER_PROXY_UPSTREAM: api.origin,
        TAILER_PROXY_CA_FILE: 'ca.pem',
      }),
    })
    // The demo serves until it is stopped.
    if (command === 'demo') await shell.until(/^curl .*\n/)
    else t.equal(await shell.ended, 0, shell.output())
    t.match(shell.output(), PRINTS[name] ?? /^/)
  })
}

/** The lines below `example:`, without their prompts. */
function exampleOf(usage: string): string {
  const [, lines = ''] = /\nexample:\n((?: {2}.*\n)+)/.exec(usage) ?? []
  return lines.replace(/^ {2}(\$ )?/gm, '')
}

/** In bash, where `tailer-proxy` is on the PATH and the key in the folder; all of it ends with the test. */
function runScript(t: Test, script: string, environment: Record<string, string>) {
  const folder = t.testdir({
    'your-credentials.json': JSON.stringify(api.serviceAccount),
    'ca.pem': api.caPem,
    bin: { 'tailer-proxy': `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n` },
  })
  chmodSync(join(folder, 'bin', 'tailer-proxy'), 0o755)
  chmodSync(join(folder, 'your-credentials.json'), 0o600)
  writeFileSync(join(folder, 'script'), script)
  const child = spawn('bash', ['-e', 'script'], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`, HOME: folder, ...environment },
  })
  const pid = child.pid ?? 0
  t.teardown(() => {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // All of it has ended.
    }
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  return {
    output: () => output,
    // What runs in the background keeps the pipe open.
    ended: once(child, 'exit').then(([code]) => code as number | null),
    async until(pattern: RegExp): Promise<void> {
      while (!pattern.test(output)) await once(child.stdout, 'data')
    },
  }
}
