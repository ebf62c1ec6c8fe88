// Writes .build/suites: one file for each top-level folder of tests, which imports them all.
// Starting a tap process costs as much as many of these files.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'

const TESTS = '.build/test'
const SUITES = '.build/suites'
/**
 * Files with a process of their own: long ones, since files in one process take turns; those that
 * end the process where there is no Linux; and those that measure its memory.
 */
const ALONE =
  /^(cli\/(health|run)|integration\/allowed-users|clients\/broken-responses|proxy\/memory-return|upstream\/(faithful|slowness))\./
/** Short enough to share a process. */
const SMALL = /^((access|log|net|page|proxy|token)\/|[^/]+$)/

/** tap's hooks for processes that tests start cost each of them more than most of them take. */
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
