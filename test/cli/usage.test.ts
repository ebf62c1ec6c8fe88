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

t.test('verification of certificates cannot be switched off', async (t) => {
  const cli = spawnCli(t, ['demo'], { NODE_TLS_REJECT_UNAUTHORIZED: '0' })
  t.equal(await cli.ended, 2)
  t.match(cli.stderr(), 'NODE_TLS_REJECT_UNAUTHORIZED')
})
