// Builds after `npm ci`; does nothing where development dependencies are left out
// (`npm ci --omit=dev`, with a `dist` that was built elsewhere). Where this file is left out too,
// package.json does without it.
const { spawnSync } = require('node:child_process')

try {
  require.resolve('typescript/bin/tsc')
  require.resolve('esbuild')
} catch {
  process.exit(0)
}
const built = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', shell: true })
process.exit(built.status ?? 1)
