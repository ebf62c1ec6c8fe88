import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { spawnCli } from '../cli/spawn-cli.js'
import { projectFile } from '../project-file.js'

/** Nothing is asked of a registry: there is nothing to ask for. */
const OFFLINE = ['--offline', '--no-audit', '--no-fund', '--no-update-notifier']

t.test('the tarball installs anywhere, offline and with strict engines, and runs', async (t) => {
  const packed = spawnSync(process.execPath, ['.config/pack.js'], {
    cwd: projectFile('.'),
    encoding: 'utf8',
  })
  t.equal(packed.status, 0, packed.stderr)
  const prefix = t.testdir()
  const tarball = projectFile(packed.stdout.trim())
  const installed = spawnSync(
    'npm',
    ['install', '--global', '--prefix', prefix, '--engine-strict', ...OFFLINE, tarball],
    { encoding: 'utf8', env: { ...process.env, npm_config_cache: join(prefix, 'cache') } },
  )
  t.equal(installed.status, 0, installed.stderr)
  t.notMatch(installed.stderr, /warn/i)

  const folder = join(prefix, 'lib/node_modules/tailer-proxy')
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object
  t.notMatch(Object.keys(manifest).join(), /dependencies|scripts|overrides/i)
  t.match(manifest, { repository: {}, bugs: {}, homepage: String, keywords: Array })
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE', 'dist/THIRD-PARTY-LICENSES.txt']) {
    t.ok(existsSync(join(folder, file)), file)
  }

  const bin = join(prefix, 'bin/tailer-proxy')
  t.match(execFileSync(bin, ['--version'], { encoding: 'utf8' }), /^tailer-proxy \d/)
  const demo = spawnCli(t, ['demo', '--listen=127.0.0.1:0', '--admin=off'], {}, { cli: bin })
  const { listen } = await demo.logged('ready')
  t.equal((await fetch(`${String(listen)}/v1/dag/status`, { method: 'POST' })).status, 400)
  demo.process.kill('SIGTERM')
  t.equal(await demo.ended, 0)
})
