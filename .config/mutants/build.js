// Compiles Stryker's sandbox: types were checked before, so esbuild drops them. Tests get a `tap`
// that passes what they register to runner.js, which runs it in its own process.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

const sources = ['src', 'test'].flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.startsWith('page/'))
    .map((file) => `${folder}/${file}`),
)
await build({
  entryPoints: sources,
  outdir: '.build',
  outbase: '.',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'error',
})
const TAP = '.build/node_modules/tap'
mkdirSync(TAP, { recursive: true })
writeFileSync(`${TAP}/package.json`, '{"type":"module","exports":"./index.js"}')
writeFileSync(`${TAP}/index.js`, 'export default globalThis.tapOfMutants\n')
