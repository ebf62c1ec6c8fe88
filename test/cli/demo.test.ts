import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { promisify, stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { onTerminal, spawnCli } from './spawn-cli.js'

const run = promisify(execFile)

t.test('demo prints a curl line that works as it stands, and ends on Ctrl-C', async (t) => {
  const demo = spawnCli(t, ['demo', '--listen', '127.0.0.1:0', '--admin', 'off'])
  const [line] = await demo.until('stdout', /^curl .*\n/m)
  for (const command of [line, line.replace('--http2 ', '')]) {
    const { stdout } = await run('sh', ['-c', command])
    t.match(JSON.parse(stdout), {
      results: [
        { run_id: '20201230-112837-0a795c70-2557-4a60-ba16-788aa2bea179', status: 'SUCCESS' },
      ],
    })
  }
  demo.process.kill('SIGINT')
  t.equal(await demo.ended, 0)
  t.notMatch(demo.stderr(), /Bearer|BEGIN|eyJ/, 'the log holds no secret')
})

t.test('the log says ready, and one line a request', async (t) => {
  const demo = spawnCli(t, ['demo', '--listen', '127.0.0.1:0', '--admin', 'off'])
  const [, url = ''] = await demo.until('stderr', /"listen":"(http:[^"]*)".*"msg":"ready"/)
  await fetch(`${url}/v1/dag/status?secret=1`, { headers: { 'x-request-id': 'mine-1' } })
  const [line] = await demo.until('stderr', /^.*"msg":"request".*$/m)
  const entry = JSON.parse(line) as Record<string, unknown>
  t.match(entry, {
    requestId: 'mine-1',
    method: 'GET',
    path: '/v1/dag/status',
    status: 405,
    source: 'upstream',
  })
  t.type(entry['durationMs'], 'number')
  demo.process.kill('SIGTERM')
  t.equal(await demo.ended, 0)
})

t.test('where nobody asked for ports, those in use give way to free ones', async (t) => {
  const held = createServer().listen(8080, '127.0.0.1')
  // Whoever has the port, it is in use.
  await Promise.race([once(held, 'listening'), once(held, 'error')])
  t.teardown(() => held.close())
  const demo = spawnCli(t, ['demo', '--admin', 'off'])
  const [line, port] = await demo.until('stdout', /^curl .*"http:\/\/127\.0\.0\.1:(\d+)\/.*\n/m)
  t.not(port, '8080')
  const { address } = await demo.logged('this address is in use: took a free port')
  t.equal(address, '127.0.0.1:8080')
  t.match(JSON.parse((await run('sh', ['-c', line])).stdout), { results: [{}] })
})

t.test('the curl line has the header that is required, and an address to call', async (t) => {
  const argv = ['--listen', '0.0.0.0:0', '--unsafe-listen', '--admin', 'off']
  const demo = spawnCli(t, ['demo', ...argv, '--require-header', "x-key: it's $me"])
  const [line] = await demo.until('stdout', /^curl .*\n/m)
  t.match(line, '"http://127.0.0.1:')
  t.match(JSON.parse((await run('sh', ['-c', line])).stdout), { results: [{}] })
})

t.test('demo refuses what it would ignore', async (t) => {
  const cases: [argv: string[], environment: Record<string, string>][] = [
    [['--upstream', 'https://a.example'], {}],
    [['--credentials', 'key.json'], {}],
    [[], { TAILER_PROXY_AUDIENCE: 'a' }],
    [[], { TAILER_PROXY_TOKEN: 'CANARY' }],
  ]
  for (const [argv, environment] of cases) {
    const demo = spawnCli(t, ['demo', ...argv], environment)
    t.equal(await demo.ended, 2)
    t.match(
      demo.stderr(),
      /^tailer-proxy: demo has an upstream and an identity of its own: .*\nhint: /,
    )
    t.match(demo.stderr(), argv[0] ?? Object.keys(environment)[0])
    t.notMatch(demo.stderr(), 'CANARY')
  }
  const image = { TAILER_PROXY_CREDENTIALS: '/var/run/secrets/tailer/credentials.json' }
  const ports = ['--listen', '127.0.0.1:0', '--admin', 'off']
  await spawnCli(t, ['demo', ...ports], image).until('stdout', /^curl /)
})

t.test('on a terminal the demo greets: a command to paste, and the log below', async (t) => {
  const ports = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0']
  const demo = spawnCli(t, ['demo', ...ports], { TERM: 'xterm' }, { around: onTerminal })
  await demo.until('stdout', /ready/)
  const [shown = ''] = stripVTControlCharacters(demo.stdout()).split('INFO')
  const lines = shown.replaceAll('\r', '').split('\n')
  for (const line of lines) t.ok(line.length <= 80, line)
  for (const part of ['your program → http://127.0.0.1:', 'Ctrl-C', '--credentials']) {
    t.match(shown, part)
  }
  const [command = ''] = /^ {4}curl [^]*}'$/m.exec(lines.join('\n')) ?? []
  t.match(JSON.parse((await run('sh', ['-c', command])).stdout), { results: [{}] })
  const [, page = ''] = /(http:\S+\/)$/m.exec(lines.join('\n')) ?? []
  t.equal((await fetch(page)).status, 200)
})
