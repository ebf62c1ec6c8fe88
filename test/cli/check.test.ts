import t from 'tap'
import { onTerminal, spawnCli } from './spawn-cli.js'

const ENVIRONMENT = {
  TERM: 'xterm',
  TAILER_PROXY_TOKEN: 'abc',
  TAILER_PROXY_UPSTREAM: 'https://127.0.0.1:1',
}
const ESC = '\x1b['

t.test(
  'a pipe and a terminal get a line a step and what it comes to, a terminal in colours',
  async (t) => {
    const piped = spawnCli(t, ['check'], ENVIRONMENT)
    const terminal = spawnCli(t, ['check'], ENVIRONMENT, { around: onTerminal })
    for (const cli of [piped, terminal]) {
      t.equal(await cli.ended, 5)
      t.equal(cli.stderr(), '')
    }
    t.equal(piped.stdout().match(/^(ok|fail|skip) +[a-z]+ +\S.*$/gm)?.length, 9)
    t.notMatch(piped.stdout(), ESC)
    t.match(piped.stdout(), /\n\nfailed at tcp \(exit code 5\)\n$/)
    t.match(terminal.stdout(), `${ESC}31mfail${ESC}39m  tcp          port 1: connection refused`)
    t.match(terminal.stdout(), `${ESC}31mfailed at tcp${ESC}39m (exit code 5)`)
  },
)
