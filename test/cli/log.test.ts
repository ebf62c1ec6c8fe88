import t from 'tap'
import { onTerminal, redirected, spawnCli } from './spawn-cli.js'

const ESC = '\x1b['

// Nothing is asked of the upstream but a connection, which fails at once.
const ENVIRONMENT = {
  TERM: 'xterm',
  TAILER_PROXY_TOKEN: 'abc',
  TAILER_PROXY_UPSTREAM: 'https://127.0.0.1:1',
  TAILER_PROXY_LISTEN: '127.0.0.1:0',
  TAILER_PROXY_ADMIN: 'off',
}

t.test('on a terminal the log is for a person, with colours', async (t) => {
  const proxy = spawnCli(t, ['start'], ENVIRONMENT, { around: onTerminal })
  const [, url = ''] = await proxy.until('stdout', /listen.*"(http:.*)"/)
  await fetch(`${url}/v1/nowhere`)
  await proxy.until('stdout', /GET \/v1\/nowhere 502 in [0-9.]+ ms: UPSTREAM_UNREACHABLE/)
  t.match(proxy.stdout(), `${ESC}32mINFO`)
  t.match(proxy.stdout(), `${ESC}33mWARN`)
  t.notMatch(proxy.stdout(), /"msg"/)
})

t.test('NO_COLOR, a dumb terminal, and none at all show no colours', async (t) => {
  const [noColor, dumb, none] = [
    spawnCli(t, ['start'], { ...ENVIRONMENT, NO_COLOR: '1' }, { around: onTerminal }),
    spawnCli(t, ['start'], { ...ENVIRONMENT, TERM: 'dumb' }, { around: onTerminal }),
    spawnCli(t, ['start', '--log-format', 'pretty'], ENVIRONMENT),
  ]
  for (const [proxy, stream] of [
    [noColor, 'stdout'],
    [dumb, 'stdout'],
    [none, 'stderr'],
  ] as const) {
    await proxy.until(stream, /INFO: ready/)
    t.notMatch(proxy[stream](), ESC)
  }
})

t.test('a log on a full disk, or that nobody reads, neither stops nor holds it', async (t) => {
  const runs = ['json', 'pretty'].flatMap((format) =>
    ['full', 'unread'].map(async (fate) => {
      const what = `${format}, ${fate}`
      const around = redirected(fate === 'full' ? '2>/dev/full' : '')
      const flags = ['--log-level', 'info', '--log-format', format]
      // Without a log, a command must tell where it serves.
      const command = ['sh', '-c', 'echo "$TAILER_API_URL"; read line; exit 7']
      const options = { around, keepStdin: true }
      const proxy = spawnCli(t, ['run', ...flags, '--', ...command], ENVIRONMENT, options)
      if (fate === 'unread') proxy.process.stderr.destroy()
      const [url] = await proxy.until('stdout', /http:.*/)
      t.equal((await fetch(url)).status, 502, what)
      proxy.process.stdin.end()
      t.equal(await proxy.ended, 7, what)
    }),
  )
  await Promise.all(runs)
})

t.test('settings are in the log at debug, with their sources and no secret', async (t) => {
  const argv = ['start', '--log-level', 'debug', '--require-header', 'x-key: hunter2']
  const proxy = spawnCli(t, argv, { ...ENVIRONMENT, TAILER_PROXY_MAX_IN_FLIGHT: '7' })
  const { settings } = await proxy.logged('settings')
  t.match(settings, {
    listen: { value: '127.0.0.1:0', source: 'TAILER_PROXY_LISTEN' },
    'max-in-flight': { value: 7, source: 'TAILER_PROXY_MAX_IN_FLIGHT' },
    'require-header': { value: '[secret]', source: '--require-header' },
    'drain-timeout': { value: '25s', source: 'default' },
  })
  t.notMatch(proxy.stderr(), 'hunter2')
})
