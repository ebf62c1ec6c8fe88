import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { spawnCli } from './spawn-cli.js'

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
