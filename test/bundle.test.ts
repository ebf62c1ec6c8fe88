import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createServiceAccount } from '../src/demo/create-service-account.js'
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

t.test(
  'the licence of each dependency goes with the bundle, and each chunk has its source map',
  (t) => {
    const licences = readFileSync(join(DIST, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
    for (const name of ['fastify', 'google-auth-library', 'pino']) {
      t.match(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(\\S+\\)$`, 'm'))
    }
    const files = readdirSync(DIST).filter((name) => name.endsWith('.js'))
    // The others only name what stands in another.
    const withCode = files.filter((name) => statSync(join(DIST, name)).size > 2_000)
    t.ok(withCode.length > 5)
    for (const file of withCode) t.ok(existsSync(join(DIST, `${file}.map`)), file)
    t.end()
  },
)

/** The chunks that a module of the bundle brings with it, itself included. */
function chunksOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = readFileSync(join(DIST, file), 'utf8')
  // Not those that are wanted later: `() => require("./check.js")`.
  for (const [, next = ''] of text.matchAll(/(?<!=> ?)\brequire\("\.\/([^"]+)"\)/g)) {
    chunksOf(next, seen)
  }
  return seen
}

/** The sources in these chunks. */
function sourcesOf(files: readonly string[]): string[] {
  return files
    .flatMap((file) => [...chunksOf(file)])
    .filter((file) => existsSync(join(DIST, `${file}.map`)))
    .flatMap((file) => {
      const map = JSON.parse(readFileSync(join(DIST, `${file}.map`), 'utf8')) as {
        sources: string[]
      }
      return map.sources
    })
}

t.test('what a command does not need it does not load', (t) => {
  const core = ['cli.js', 'core.js']
  const start = [...core, 'proxy.js', 'log.js', 'sign.js']
  const heavy = {
    yaml: /node_modules\/yaml\//,
    'pino-pretty': /node_modules\/pino-pretty\//,
    gaxios: /node_modules\/gaxios\//,
    'gcp-metadata': /node_modules\/gcp-metadata\//,
    demo: /src\/demo\//,
    '@peculiar/x509': /node_modules\/@peculiar\//,
    page: /src\/admin\/page-files/,
    check: /src\/commands\/check/,
    fastify: /node_modules\/fastify\//,
    'prom-client': /node_modules\/prom-client\//,
    pino: /node_modules\/pino\//,
    'google-auth-library': /node_modules\/google-auth-library\//,
    identity: /src\/identity\//,
  }
  const found = (files: readonly string[]): string[] => {
    const sources = sourcesOf(files)
    return Object.entries(heavy)
      .filter(([, pattern]) => sources.some((source) => pattern.test(source)))
      .map(([name]) => name)
  }
  t.same(found(core), [], '--version, healthcheck, wait')
  t.same(found([...core, 'identity.js']), ['identity'], 'token of a command or a variable')
  t.same(
    found([...core, 'identity.js', 'sign.js']),
    ['google-auth-library', 'identity'],
    'token of a key',
  )
  t.same(
    found(start),
    ['fastify', 'pino', 'google-auth-library', 'identity'],
    'start with a key, and --admin off',
  )
  // The names are those of the sources, so that none of this passes because one has changed.
  t.same(found(readdirSync(DIST).filter((file) => file.endsWith('.js'))).sort(), [
    ...Object.keys(heavy)
      .filter((name) => name !== 'gcp-metadata')
      .sort(),
  ])
  t.end()
})

t.test('a token is signed, and a proxy asked, without what Node has for fetch', async (t) => {
  const { keyFile } = await createServiceAccount()
  const file = join(t.testdir(), 'key.json')
  writeFileSync(file, JSON.stringify(keyFile))
  const told = `process.on('exit', () => console.error(process.moduleLoadList.filter((name) => /undici/.test(name)).join()))`
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(told)}`
  const token = spawnCli(t, ['token', file], { NODE_OPTIONS })
  t.equal(await token.ended, 0)
  t.equal(token.stderr(), '\n')
  const health = spawnCli(t, ['healthcheck', '--admin', '127.0.0.1:9'], { NODE_OPTIONS })
  t.equal(await health.ended, 5)
  t.notMatch(health.stderr(), /undici/)
})
