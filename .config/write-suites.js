// Writes .build/suites: one file for each folder of tests, which imports them all. To start a
// process under tap costs as much as most of these files do.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'

const TESTS = '.build/test'
const SUITES = '.build/suites'
/** Long enough to be worth a process of their own; those that share one take turns. */
const ALONE =
  /^(upstream\/(fault-matrix|faithful|leaving|slowness)|clients\/(broken-responses|silence))\./

const suites = new Map()
for (const file of readdirSync(TESTS, { recursive: true }).sort()) {
  if (!file.endsWith('.test.js') || file.startsWith('long/')) continue
  const folder = file.split('/').slice(0, -1).join('-') || 'root'
  const suite = ALONE.test(file) ? file.slice(0, -'.test.js'.length).replaceAll('/', '-') : folder
  suites.set(suite, [...(suites.get(suite) ?? []), file])
}
rmSync(SUITES, { recursive: true, force: true })
mkdirSync(SUITES)
for (const [suite, files] of suites) {
  const imports = files.map((file) => `import '../test/${file}'\n`)
  writeFileSync(`${SUITES}/${suite}.test.js`, imports.join(''))
}
