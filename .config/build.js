// Bundles dist/: cli.js and the chunks that commands load on demand, with source maps, the licences
// of the dependencies, and nothing to install. `node .config/build.js [FOLDER]`.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { rolldown } from 'rolldown'
import { buildPage } from './build-page.js'
import { bundleOf, CHUNKS } from './bundle.js'
import { licencesOf } from './licences.js'

const OUT = process.argv[2] ?? 'dist'

rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT, { recursive: true })
const page = await buildPage()
const bundle = await rolldown(bundleOf(page.files))
const { output } = await bundle.write({ ...CHUNKS, dir: OUT })
// Makes Node treat .js as CommonJS wherever the folder is copied.
writeFileSync(`${OUT}/package.json`, `${JSON.stringify({ type: 'commonjs' })}\n`)
const files = output.flatMap((chunk) => chunk.moduleIds ?? [])
const pageFiles = Object.keys(page.metafile.inputs)
writeFileSync(`${OUT}/THIRD-PARTY-LICENSES.txt`, licencesOf([...files, ...pageFiles]))
