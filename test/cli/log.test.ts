import t from 'tap'
import { onTerminal, spawnCli } from './spawn-cli.js'

const ESC = '\x1b['

// Nothing is asked of the upstream but a connection, which fails at once.
const ENVIRONMENT = {
  TERM: 'xterm',
  TAILER_PROXY_TOKEN: 'abc',
  TAILER_PROXY_UPSTREAM: 'https://127.0.0.1:1',
  TAILER_PROXY_LISTEN: '127.0.0.1:0',
  TAILER_PROXY_ADMIN: 'off',
}

t.test('on a terminal the log is for a person, in colours if it wants them', async (t) => {
  const around = { around: onTerminal }
  const proxy = spawnCli(t, ['start'], ENVIRONMENT, around)
  const noColor = spawnCli(t, ['start'], { ...ENVIRONMENT, NO_COLOR: '1' }, around)

  const [, url = ''] = await proxy.until('stdout', /listen.*"(http:.*)"/)
  await fetch(`${url}/v1/nowhere`)
  await proxy.until('stdout', /GET \/v1\/nowhere 502 in [0-9.]+ ms: UPSTREAM_UNREACHABLE/)
  t.match(proxy.stdout(), `${ESC}32mINFO`)
  t.match(proxy.stdout(), `${ESC}33mWARN`)

  await noColor.until('stdout', /INFO: ready/)
  t.notMatch(noColor.stdout(), ESC)
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
