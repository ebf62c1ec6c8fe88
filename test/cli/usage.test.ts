import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { COMMANDS } from '../../src/settings/command-line/parse-command-line.js'
import { spawnCli } from './spawn-cli.js'

t.test('all that is wrong is told at once, in one line', async (t) => {
  const cli = spawnCli(t, ['start', '--listen=1', '--connect-timeout=10', '--log-format', 'jsno'], {
    TAILER_PROXY_MAX_IN_FLIGHT: 'many',
  })
  t.equal(await cli.ended, 2)
  const [line = ''] = cli.stderr().split('\n')
  for (const name of [
    '--listen',
    '--connect-timeout',
    '--log-format',
    'TAILER_PROXY_MAX_IN_FLIGHT',
  ]) {
    t.match(line, name)
  }
  t.match(cli.stderr(), /^hint: .*did you mean json\?$/m)
})

t.test('--help and --version work on every command, with nothing configured', async (t) => {
  const commands = [...COMMANDS]
  await Promise.all(
    commands.map(async (command) => {
      const [help, version] = [
        spawnCli(t, [command, '--help']),
        spawnCli(t, [command, '--version']),
      ]
      t.equal(await help.ended, 0, command)
      t.match(help.stdout(), /^usage: tailer-proxy/, command)
      t.equal(await version.ended, 0, command)
      t.match(version.stdout(), /\d+\.\d+\.\d+/, command)
    }),
  )
})

t.test('help and version are commands; a command that is none ends with 2', async (t) => {
  const [help, wait, version, none] = [
    spawnCli(t, ['help']),
    spawnCli(t, ['help', 'wait']),
    spawnCli(t, ['-V']),
    spawnCli(t, ['help', 'wiat']),
  ]
  t.equal(await help.ended, 0)
  t.match(help.stdout(), /^usage: tailer-proxy \[COMMAND\]/)
  t.equal(await wait.ended, 0)
  t.match(wait.stdout(), /^usage: tailer-proxy wait/)
  t.equal(await version.ended, 0)
  t.match(version.stdout(), /^tailer-proxy \d+\.\d+\.\d+\n$/)
  t.equal(await none.ended, 2)
  t.equal(none.stdout(), '')
  t.match(none.stderr(), 'hint: did you mean wait?')
})

t.test('an address in use ends with 4 and names it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const cli = spawnCli(t, ['demo', '--listen', address, '--admin', 'off'])
  t.equal(await cli.ended, 4)
  t.match(cli.stderr(), `cannot listen on ${address}: the address is in use (--listen)`)
})

t.test('two addresses in use are told together', async (t) => {
  const servers = [createServer(), createServer()].map((server) => server.listen(0, '127.0.0.1'))
  const [listen = '', admin = ''] = await Promise.all(
    servers.map(async (server) => {
      await once(server, 'listening')
      t.teardown(() => server.close())
      return `127.0.0.1:${(server.address() as AddressInfo).port}`
    }),
  )
  const cli = spawnCli(t, ['demo', '--listen', listen, '--admin', admin])
  t.equal(await cli.ended, 4)
  for (const address of [listen, admin]) {
    t.match(cli.stderr(), `cannot listen on ${address}: the address is in use`)
  }
  t.match(cli.stderr(), '(--listen, --admin)')
  t.equal(cli.stderr().split('\n').length, 3)
})

t.test('verification of certificates cannot be switched off', async (t) => {
  const cli = spawnCli(t, ['demo'], { NODE_TLS_REJECT_UNAUTHORIZED: '0' })
  t.equal(await cli.ended, 2)
  t.match(cli.stderr(), 'NODE_TLS_REJECT_UNAUTHORIZED')
})

t.test('a fatal error is a line of the log where that is JSON, and the last one', async (t) => {
  const cases: [argv: string[], environment: Record<string, string>, code: number][] = [
    [['start', '--log-format', 'json', '--listen', '1'], {}, 2],
    [['start', '--lissten', '1'], { TAILER_PROXY_LOG_FORMAT: 'json' }, 2],
    [['start', '--log-format', 'json', '--log-level', 'silent'], {}, 3],
    [['token', '--log-format', 'json'], {}, 3],
    [['healthcheck', '--log-format', 'json', '--admin', '127.0.0.1:1'], {}, 5],
    [['demo', '--log-format', 'json', '--listen', '192.0.2.1:1', '--unsafe-listen'], {}, 4],
  ]
  for (const [argv, environment, code] of cases) {
    const cli = spawnCli(t, argv, environment)
    t.equal(await cli.ended, code, argv.join(' '))
    const last = cli.log().at(-1)
    t.match(last, { level: 60, exitCode: code, msg: String, time: Number }, cli.stderr())
    t.ok(cli.stderr().endsWith('}\n'), 'and nothing but lines of the log')
    t.equal(cli.log().length, cli.stderr().split('\n').length - 1)
  }
  const gcp = spawnCli(t, ['token', '--log-format', 'gcp'])
  t.equal(await gcp.ended, 3)
  t.match(gcp.log(), [{ severity: 'CRITICAL', message: /no credentials/, hint: /--credentials/ }])
})
