import t from 'tap'
import { spawnCli } from './spawn-cli.js'

// Nothing is asked of the upstream but a connection, which fails at once.
const ENVIRONMENT = {
  TAILER_PROXY_TOKEN: 'abc',
  TAILER_PROXY_UPSTREAM: 'https://127.0.0.1:1',
  TAILER_PROXY_LOG_LEVEL: 'silent',
}

t.test('run gives its command the address of a proxy, and ends with its exit code', async (t) => {
  const script = 'echo $TAILER_API_URL; echo untouched >&2; exit 7'
  const cli = spawnCli(t, ['run', '--', 'sh', '-c', script], ENVIRONMENT)
  t.equal(await cli.ended, 7)
  t.match(cli.stdout(), /^http:\/\/127\.0\.0\.1:[0-9]+\n$/)
  t.equal(cli.stderr(), 'untouched\n')
})

t.test('the command can reach the proxy, which answers', async (t) => {
  const script = `fetch(process.env.TAILER_API_URL).then(({ status }) => console.log(status))`
  const cli = spawnCli(t, ['run', '--', process.execPath, '-e', script], ENVIRONMENT)
  t.equal(await cli.ended, 0)
  t.equal(cli.stdout(), '502\n')
})

t.test('a command that a signal ends gives 128 and its number', async (t) => {
  const cli = spawnCli(t, ['run', '--', 'sh', '-c', 'kill -KILL $$'], ENVIRONMENT)
  t.equal(await cli.ended, 137)
})

for (const [signal, exitCode] of [
  ['SIGTERM', 3],
  ['SIGINT', 4],
  ['SIGHUP', 5],
] as const) {
  t.test(`${signal} reaches the command, whose answer decides the exit code`, async (t) => {
    const script = `
      process.on('${signal}', () => process.exit(${exitCode}))
      setInterval(() => {}, 1000)
      console.log('up')`
    const cli = spawnCli(t, ['run', '--', process.execPath, '-e', script], ENVIRONMENT)
    await new Promise((resolve) => cli.process.stdout.once('data', resolve))
    cli.process.kill(signal)
    t.equal(await cli.ended, exitCode)
  })
}

t.test('a command that is not found is 127, one that cannot be run 126, none 2', async (t) => {
  const missing = spawnCli(t, ['run', '--', 'no-such-command'], ENVIRONMENT)
  const notRunnable = spawnCli(t, ['run', '--', '/etc/passwd'], ENVIRONMENT)
  const none = spawnCli(t, ['run'], ENVIRONMENT)
  t.equal(await missing.ended, 127)
  t.match(missing.stderr(), /^tailer-proxy: command not found: ENOENT \(no-such-command\)\n$/)
  t.equal(await notRunnable.ended, 126)
  t.equal(await none.ended, 2)
})

t.test("a company's proxy is not asked for the proxy's own address", async (t) => {
  const environment = { ...ENVIRONMENT, http_proxy: 'http://127.0.0.1:1', NO_PROXY: 'a.test' }
  const cli = spawnCli(t, ['run', '--', 'sh', '-c', 'echo $no_proxy $NO_PROXY'], environment)
  await cli.ended
  t.equal(cli.stdout(), 'a.test,127.0.0.1 a.test,127.0.0.1\n')
})
