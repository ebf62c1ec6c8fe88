// Writes build/tailer-proxy-VERSION.tgz for `npm install --global`: the bundle, without
// dependencies and install scripts, with a package.json of its own.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const OUT = 'build'
const STAGE = `${OUT}/package`
/** The parts of package.json about the bundle; the rest is about the repository. */
const KEPT = `name version description keywords license author homepage repository bugs
  type bin exports engines`.split(/\s+/)

rmSync(STAGE, { recursive: true, force: true })
mkdirSync(STAGE, { recursive: true })
for (const item of ['dist', 'config', 'README.md', 'CHANGELOG.md', 'LICENSE']) {
  cpSync(item, `${STAGE}/${item}`, { recursive: true })
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const kept = Object.entries(manifest).filter(([key]) => KEPT.includes(key))
const published = { ...Object.fromEntries(kept), files: ['dist', 'config', 'CHANGELOG.md'] }
writeFileSync(`${STAGE}/package.json`, `${JSON.stringify(published, null, 2)}\n`)

const args = ['pack', `./${STAGE}`, '--pack-destination', OUT, '--silent']
const { status, stdout } = spawnSync('npm', args, { stdio: ['ignore', 'pipe', 'inherit'] })
rmSync(STAGE, { recursive: true })
if (status !== 0) process.exit(1)
process.stdout.write(`${OUT}/${stdout}`)
