// Builds after `npm ci`; does nothing without development dependencies (`npm ci --omit=dev`, with a
// `dist` built elsewhere). If this file is left out too, package.json does without it.
const { spawnSync } = require('node:child_process')

try {
  require.resolve('typescript/bin/tsc')
  require.resolve('esbuild')
} catch {
  process.exit(0)
}
const built = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', shell: true })
process.exit(built.status ?? 1)
