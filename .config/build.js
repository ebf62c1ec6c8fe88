// Bundles dist/: cli.js and the chunks that it loads when a command wants them, with source maps,
// the licences of the dependencies, and nothing to install. `node .config/build.js [FOLDER]`.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { buildPage } from './build-page.js'
import { licencesOf } from './licences.js'

const OUT = process.argv[2] ?? 'dist'
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT, { recursive: true })
const page = await buildPage()
const { metafile } = await build({
  entryPoints: ['src/cli.ts'],
  outdir: OUT,
  bundle: true,
  splitting: true,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  define: {
    PACKAGE_VERSION: JSON.stringify(version),
    // A text, which esbuild puts where it is used; an object would go into every chunk.
    PAGE_FILES: JSON.stringify(JSON.stringify(page.files)),
  },
  // Dependencies in CommonJS require Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'\nconst require = __createRequire(import.meta.url)",
  },
  // Names stay as they are: they are what a stack trace is read by.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
})
// So that Node takes .js for modules wherever the folder is copied to.
writeFileSync(`${OUT}/package.json`, `${JSON.stringify({ type: 'module' })}\n`)
writeFileSync(`${OUT}/THIRD-PARTY-LICENSES.txt`, licencesOf([metafile, page.metafile]))
