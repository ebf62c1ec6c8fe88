// Writes .build/suites: one file for each folder of tests at the top, which imports them all. To
// start a process under tap costs as much as many of these files do.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'

const TESTS = '.build/test'
const SUITES = '.build/suites'
/**
 * Long enough to be worth a process of their own, since those that share one take turns; or ending it
 * where there is no Linux; or measuring the memory of the process.
 */
const ALONE =
  /^(cli\/(health|run)|integration\/allowed-users|clients\/(broken-responses|silence)|proxy\/memory-return|upstream\/(faithful|slowness))\./
/** Short enough to share one. */
const SMALL = /^((access|log|net|page|proxy|token)\/|[^/]+$)/

/** What tap has for the processes that tests start costs each of them more than most do. */
const PLAIN_CHILDREN = "delete process.env['NODE_OPTIONS']\n"

function suiteOf(file) {
  if (ALONE.test(file)) return file.slice(0, -'.test.js'.length).replaceAll('/', '-')
  return SMALL.test(file) ? 'small' : file.split('/')[0]
}

const suites = new Map()
for (const file of readdirSync(TESTS, { recursive: true }).sort()) {
  if (!file.endsWith('.test.js') || file.startsWith('long/')) continue
  const suite = suiteOf(file)
  suites.set(suite, [...(suites.get(suite) ?? []), file])
}
rmSync(SUITES, { recursive: true, force: true })
mkdirSync(SUITES)
writeFileSync(`${SUITES}/plain-children.js`, PLAIN_CHILDREN)
for (const [suite, files] of suites) {
  const imports = ['./plain-children.js', ...files.map((file) => `../test/${file}`)]
  const lines = imports.map((path) => `import '${path}'\n`)
  writeFileSync(`${SUITES}/${suite}.test.js`, lines.join(''))
}
