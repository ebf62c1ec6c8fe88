import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { spawnCli } from './cli/spawn-cli.js'
import { projectFile } from './project-file.js'

const DIST = projectFile('dist')

t.test('dist runs alone: copied elsewhere, without node_modules, it works the same', async (t) => {
  const alone = t.testdir()
  cpSync(DIST, join(alone, 'dist'), { recursive: true })
  const cli = join(alone, 'dist/cli.js')
  const { version } = JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as {
    version: string
  }
  const asked = spawnCli(t, ['--version'], {}, { cli })
  t.equal(await asked.ended, 0)
  t.equal(asked.stdout(), `tailer-proxy ${version}\n`)

  const demo = spawnCli(
    t,
    ['demo', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'],
    {},
    { cli },
  )
  const { listen, admin } = await demo.logged('ready')
  t.equal((await fetch(`${String(listen)}/v1/dag/status`, { method: 'POST' })).status, 400)
  t.equal((await fetch(`${String(admin)}/readyz`)).status, 200)
  demo.process.kill('SIGTERM')
  t.equal(await demo.ended, 0)
  t.notMatch(demo.stderr(), /warning/i)
})

t.test('two builds give the same bytes', (t) => {
  const folders = ['once', 'twice'].map((name) => projectFile(`.build/${name}`))
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true })
    const { status, stderr } = spawnSync(
      process.execPath,
      [projectFile('.config/build.js'), folder],
      { cwd: projectFile('.'), encoding: 'utf8' },
    )
    t.equal(status, 0, stderr)
  }
  const [once = {}, twice] = folders.map(contentOf)
  t.ok(Object.keys(once).includes('cli.js'))
  t.same(Object.keys(once), Object.keys(twice ?? {}))
  for (const [file, content] of Object.entries(once))
    t.ok(content.equals(twice?.[file] as Buffer), file)
  t.end()
})

t.test(
  'the licence of each dependency goes with the bundle, and each chunk has its source map',
  (t) => {
    const licences = readFileSync(join(DIST, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
    for (const name of ['fastify', 'google-auth-library', 'pino']) {
      t.match(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(\\S+\\)$`, 'm'))
    }
    const files = readdirSync(DIST)
    for (const file of files.filter((name) => name.endsWith('.js'))) {
      t.ok(files.includes(`${file}.map`), file)
    }
    t.end()
  },
)

function contentOf(folder: string): Record<string, Buffer> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((file) => [file, readFileSync(join(folder, file))]),
  )
}
