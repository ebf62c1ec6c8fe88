import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { spawnCli } from './spawn-cli.js'

for (const [command, exitCode] of [
  ['token', 5],
  ['start', 0],
] as const) {
  t.test(`when ${command} is ended, so is the command of --exec and what it started`, async (t) => {
    const fifo = join(t.testdir(), 'fifo')
    execFileSync('mkfifo', [fifo])
    // The pipe ends when all who hold it have ended.
    const script = `exec 3>${fifo}; echo up >&3; (sleep 60; :); :`
    const argv = [command, '--exec', `sh -c '${script}'`, '--upstream', 'https://127.0.0.1:1']
    const cli = spawnCli(t, command === 'start' ? [...argv, '--listen', '127.0.0.1:0'] : argv)
    const pipe = createReadStream(fifo)
    await once(pipe, 'data')
    cli.process.kill('SIGTERM')
    await once(pipe.resume(), 'end')
    t.equal(await cli.ended, exitCode)
  })
}
