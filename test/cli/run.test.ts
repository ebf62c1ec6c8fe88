import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { promisify } from 'node:util'
import t from 'tap'
import { onTerminal, spawnCli } from './spawn-cli.js'

const execute = promisify(execFile)

// Nothing is asked of the upstream but a connection, which fails at once.
const ENVIRONMENT = {
  TAILER_PROXY_TOKEN: 'abc',
  TAILER_PROXY_UPSTREAM: 'https://127.0.0.1:1',
  TAILER_PROXY_LOG_LEVEL: 'silent',
}

t.test('run gives its command the address of a proxy, and ends with its exit code', async (t) => {
  const script = `
    const { TAILER_API_URL: url, no_proxy, NO_PROXY } = process.env
    console.error('untouched')
    fetch(url).then(({ status }) => {
      console.log(url, status, no_proxy, NO_PROXY)
      process.exit(7)
    })`
  // A company's proxy is not to be asked for the proxy's own address.
  const environment = { ...ENVIRONMENT, http_proxy: 'http://127.0.0.1:1', NO_PROXY: 'a.test' }
  const cli = spawnCli(t, ['run', '--', process.execPath, '-e', script], environment)
  t.equal(await cli.ended, 7)
  t.match(cli.stdout(), /^http:\/\/127\.0\.0\.1:[0-9]+ 502 (a\.test,127\.0\.0\.1 ?){2}\n$/)
  t.equal(cli.stderr(), 'untouched\n')
})

t.test('signals reach the command, which stops and goes on with its proxy', async (t) => {
  const signals = ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const
  const script = `
    for (const signal of ${JSON.stringify([...signals, 'SIGTSTP', 'SIGCONT', 'SIGTERM'])}) {
      process.on(signal, () => {
        console.log('got', signal)
        if (signal === 'SIGTERM') process.kill(process.pid, 'SIGKILL')
      })
    }
    setInterval(() => {}, 1000)
    console.log('up')`
  const cli = spawnCli(t, ['run', '--', process.execPath, '-e', script], ENVIRONMENT)
  const send = async (signal: NodeJS.Signals): Promise<void> => {
    cli.process.kill(signal)
    await cli.until('stdout', new RegExp(`got ${signal}`))
  }
  await cli.until('stdout', /up/)
  for (const signal of signals) await send(signal)

  await send('SIGTSTP')
  const state = async (): Promise<string> =>
    (await execute('ps', ['-o', 'stat=', '-p', String(cli.process.pid)])).stdout
  while (!(await state()).startsWith('T'));
  await send('SIGCONT')

  await send('SIGTERM')
  t.equal(await cli.ended, 137, '128 and the number of SIGKILL')
  const once = [...signals, 'SIGTSTP', 'SIGCONT', 'SIGTERM'].map((signal) => `got ${signal}\n`)
  t.equal(cli.stdout(), `up\n${once.join('')}`)
})

t.test('a command that is not found is 127, one that cannot be run 126', async (t) => {
  const missing = spawnCli(t, ['run', '--', 'no-such-command'], ENVIRONMENT)
  const notRunnable = spawnCli(t, ['run', '--', '/etc/passwd'], ENVIRONMENT)
  t.equal(await missing.ended, 127)
  t.match(missing.stderr(), /^tailer-proxy: command not found \(no-such-command\)\nhint: /)
  t.equal(await notRunnable.ended, 126)
  t.match(notRunnable.stderr(), /: permission denied \(EACCES\) .*\nhint: .*chmod \+x\n$/)
  const folder = spawnCli(t, ['run', '--', '/tmp'], ENVIRONMENT)
  t.equal(await folder.ended, 126)
  t.match(folder.stderr(), /\(EACCES\) \(\/tmp\)\nhint: it is a directory: /)
})

t.test('a command that outlives SIGTERM is waited for, and its stdin is as it was', async (t) => {
  // In a pipe that a signal made non-blocking, `cat` would fail as soon as it is empty.
  const script = `
    trap 'got=1' TERM; echo up
    while [ -z "$got" ]; do sleep 0.05; done
    echo got; cat; echo "cat ended with $?"`
  const cli = spawnCli(t, ['run', '--', 'sh', '-c', script], ENVIRONMENT, { keepStdin: true })
  await cli.until('stdout', /up/)
  cli.process.kill('SIGTERM')
  await cli.until('stdout', /got/)
  cli.process.stdin.write('data\n')
  await cli.until('stdout', /data/)
  cli.process.stdin.end('more\n')
  t.equal(await cli.ended, 0)
  t.equal(cli.stdout(), 'up\ngot\ndata\nmore\ncat ended with 0\n')
  t.equal(cli.stderr(), '')
})

t.test('Ctrl-C on a terminal reaches the command once', async (t) => {
  const script = `
    let count = 0
    process.on('SIGINT', () => {
      count++
      // Long enough for another.
      setTimeout(() => process.exit(count), 300)
    })
    setInterval(() => {}, 1000)
    console.log('up')`
  const around = { around: onTerminal, keepStdin: true }
  const cli = spawnCli(t, ['run', '--', process.execPath, '-e', script], ENVIRONMENT, around)
  await cli.until('stdout', /up/)
  cli.process.stdin.write('\x03')
  t.equal(await cli.ended, 1)
})

t.test('a script whose interpreter is missing is no missing command', async (t) => {
  const folder = t.testdir({
    script: '#!/nowhere/interpreter\n',
    dos: '#!/bin/sh\r\necho hello\r\n',
  })
  for (const name of ['script', 'dos']) {
    chmodSync(`${folder}/${name}`, 0o755)
    const cli = spawnCli(t, ['run', '--', `${folder}/${name}`], ENVIRONMENT)
    t.equal(await cli.ended, 126)
    t.match(cli.stderr(), /the interpreter of the command does not exist/)
  }
})

t.test('the token of the proxy is not handed to the command', async (t) => {
  const cli = spawnCli(t, ['run', '--', 'env'], ENVIRONMENT)
  t.equal(await cli.ended, 0)
  t.match(cli.stdout(), /^TAILER_API_URL=/m)
  t.notMatch(cli.stdout(), 'TAILER_PROXY_TOKEN=')
})

t.test('what the command left behind is waited for shortly, and that is said', async (t) => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const { port } = silent.address() as AddressInfo
  const environment = {
    ...ENVIRONMENT,
    TAILER_PROXY_UPSTREAM: `https://127.0.0.1:${port}`,
    TAILER_PROXY_LOG_LEVEL: '',
  }
  // The first byte of the body shows that the request is in flight.
  const command = 'curl -s -T - "$TAILER_API_URL" >/dev/null 2>&1 & sleep 0.5; exit 3'
  const startedMs = performance.now()
  const cli = spawnCli(t, ['run', '--', 'sh', '-c', command], environment)
  await cli.logged('the command has exited; waiting for requests of processes it left behind')
  t.equal(await cli.ended, 3)
  t.ok(performance.now() - startedMs < 9_000)
})
