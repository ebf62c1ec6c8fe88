import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import t from 'tap'
import { spawnCli } from './cli/spawn-cli.js'

const HAS_CACHE = 'enableCompileCache' in module
const name = (what: string): string =>
  HAS_CACHE ? what : `without Node's compile cache (Node 22 has it): ${what}`

t.test(name("compiled code is kept in the user's own cache folder"), async (t) => {
  const home = t.testdir()
  const config = join(home, 'c.yaml')
  writeFileSync(config, 'logLevel: info\n')
  for (let start = 0; start < 2; start++) {
    const health = spawnCli(t, ['healthcheck', '--config', config, '--admin', '127.0.0.1:9'], {
      HOME: home,
    })
    t.equal(await health.ended, 5)
  }
  const folder = join(home, '.cache/tailer-proxy')
  t.equal(existsSync(folder), HAS_CACHE)
  if (HAS_CACHE) t.ok(readdirSync(folder, { recursive: true }).length > 1)
})

t.test(name('where others may write, or nobody lives, nothing is kept or made'), async (t) => {
  const home = t.testdir()
  const open = join(home, 'open')
  mkdirSync(open)
  chmodSync(open, 0o777)
  for (const variables of [
    { HOME: join(home, 'missing') },
    { HOME: open },
    { HOME: home, XDG_CACHE_HOME: open },
    { HOME: home, XDG_CACHE_HOME: join(home, 'missing') },
    { HOME: '' },
  ]) {
    const health = spawnCli(t, ['healthcheck', '--admin', '127.0.0.1:9'], variables)
    t.equal(await health.ended, 5)
    t.notMatch(health.stderr(), /cache/i)
  }
  t.same(readdirSync(home, { recursive: true }), ['open'])
})
