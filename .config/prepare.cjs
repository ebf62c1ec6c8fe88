// Builds after `npm ci`; does nothing where development dependencies are left out
// (`npm ci --omit=dev` in an image that copies `dist` from its build stage). Where this file is
// left out too, package.json does without it.
const { spawnSync } = require('node:child_process')

let compiler
try {
  compiler = require.resolve('typescript/bin/tsc')
} catch {
  process.exit(0)
}
const built = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json'], { stdio: 'inherit' })
process.exit(built.status ?? 1)
