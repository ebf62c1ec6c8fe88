// Makes build/tailer-proxy: this very Node with the bundle inside, one file that needs nothing else.
// https://nodejs.org/api/single-executable-applications.html
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { inject } from 'postject'
import { rolldown } from 'rolldown'
import { buildPage } from './build-page.js'
import { bundleOf, SCRIPT } from './bundle.js'
import { licencesOf } from './licences.js'

const OUT = 'build'
const EXECUTABLE = `${OUT}/tailer-proxy`
/** Intermediate files; none is needed afterwards. */
const PARTS = { script: `${OUT}/main.cjs`, config: `${OUT}/sea.json`, blob: `${OUT}/main.blob` }
/** Node looks for this marker to find out whether it carries a program. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

function run(program, ...args) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} ended with ${status}`)
}

mkdirSync(OUT, { recursive: true })
const page = await buildPage()
const bundle = await rolldown(bundleOf(page.files))
const { output } = await bundle.write({ ...SCRIPT, file: PARTS.script })

const config = {
  main: PARTS.script,
  output: PARTS.blob,
  disableExperimentalSEAWarning: true,
  useCodeCache: true,
  // Half of V8's young generation: 10 to 30 MiB less under load, at about the same CPU. Node 20
  // does not support this, and uses its default.
  execArgv: ['--max-semi-space-size=8'],
}
writeFileSync(PARTS.config, JSON.stringify(config))
run(process.execPath, '--experimental-sea-config', PARTS.config)
copyFileSync(process.execPath, EXECUTABLE)
chmodSync(EXECUTABLE, 0o755)
// On macOS an invalid signature is worse than none.
const isMac = process.platform === 'darwin'
if (isMac) run('codesign', '--remove-signature', EXECUTABLE)
await inject(EXECUTABLE, 'NODE_SEA_BLOB', readFileSync(PARTS.blob), {
  sentinelFuse: FUSE,
  ...(isMac && { machoSegmentName: 'NODE_SEA' }),
})
if (isMac) run('codesign', '--sign', '-', EXECUTABLE)
for (const part of Object.values(PARTS)) rmSync(part)

const files = output.flatMap((chunk) => chunk.moduleIds ?? [])
const pageFiles = Object.keys(page.metafile.inputs)
writeFileSync(`${OUT}/THIRD-PARTY-LICENSES.txt`, licencesOf([...files, ...pageFiles]))
