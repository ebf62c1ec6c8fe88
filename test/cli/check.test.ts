import t from 'tap'
import { onTerminal, spawnCli } from './spawn-cli.js'

const ENVIRONMENT = { TAILER_PROXY_TOKEN: 'abc', TAILER_PROXY_UPSTREAM: 'https://127.0.0.1:1' }
const ESC = '\x1b['

t.test('a pipe gets a line a step, a program JSON, a person colours', async (t) => {
  const piped = spawnCli(t, ['check'], { ...ENVIRONMENT, TERM: 'xterm' })
  const json = spawnCli(t, ['check', '--json'], ENVIRONMENT)
  const around = { around: onTerminal }
  const terminal = spawnCli(t, ['check'], { ...ENVIRONMENT, TERM: 'xterm' }, around)
  const dumb = spawnCli(t, ['check'], { ...ENVIRONMENT, TERM: 'dumb' }, around)
  for (const cli of [piped, json, terminal, dumb]) t.equal(await cli.ended, 5)

  t.equal(piped.stdout().match(/^(ok|fail|skip) +[a-z]+ +\S.*$/gm)?.length, 9)
  t.notMatch(piped.stdout(), ESC)
  const { ok, steps } = JSON.parse(json.stdout()) as { ok: boolean; steps: object[] }
  t.equal(ok, false)
  t.equal(steps.length, 9)
  t.match(steps[0], { name: 'settings', status: 'ok', hint: null, durationMs: Number })
  t.match(terminal.stdout(), `${ESC}31mfail${ESC}39m  tcp          port 1: ECONNREFUSED`)
  t.match(terminal.stdout(), `${ESC}31mfails at tcp${ESC}39m (exit code 5)`)
  t.match(dumb.stdout(), 'fails at tcp (exit code 5)')
  t.notMatch(dumb.stdout(), ESC)
  for (const cli of [piped, json, terminal, dumb]) t.equal(cli.stderr(), '')
})
