import t from 'tap'
import { onTerminal, redirected, spawnCli } from '../cli/spawn-cli.js'

const ENVIRONMENT = {
  TAILER_PROXY_TOKEN: 'abc',
  TAILER_PROXY_UPSTREAM: 'https://127.0.0.1:1',
  TAILER_PROXY_LISTEN: '127.0.0.1:0',
  TAILER_PROXY_ADMIN: 'off',
}

for (const format of ['json', 'pretty', 'gcp']) {
  for (const fate of ['on a full disk', 'that nobody reads']) {
    t.test(`a log (${format}) ${fate} neither stops the proxy nor holds its end`, async (t) => {
      const isFull = fate === 'on a full disk'
      const flags = ['--log-level', 'info', '--log-format', format]
      // Without a log, a command must tell where it serves.
      const command = ['sh', '-c', 'echo "$TAILER_API_URL"; read line; exit 7']
      const around = redirected(isFull ? '2>/dev/full' : '')
      const options = { around, keepStdin: true }
      const proxy = spawnCli(t, ['run', ...flags, '--', ...command], ENVIRONMENT, options)
      if (!isFull) proxy.process.stderr.destroy()
      const [url] = await proxy.until('stdout', /http:.*/)
      t.equal((await fetch(url)).status, 502)
      proxy.process.stdin.end()
      t.equal(await proxy.ended, 7)
    })
  }
}

t.test('a dumb terminal, and none at all, show no colours', async (t) => {
  const dumb = { ...ENVIRONMENT, TERM: 'dumb' }
  const onDumb = spawnCli(t, ['start'], dumb, { around: onTerminal })
  await onDumb.until('stdout', /INFO: ready/)
  t.notMatch(onDumb.stdout(), '\x1b[')
  const piped = spawnCli(t, ['start', '--log-format', 'pretty'], { ...ENVIRONMENT, TERM: 'xterm' })
  await piped.until('stderr', /INFO: ready/)
  t.notMatch(piped.stderr(), '\x1b[')
})

t.test('a reader that has seen enough is no failure', async (t) => {
  const cli = spawnCli(t, ['--help'])
  cli.process.stdout.destroy()
  t.equal(await cli.ended, 0)
  t.equal(cli.stderr(), '')
})
