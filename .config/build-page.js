// Bundles the page for browsers: script and style as one text each, embedded in the program.
import { readFileSync } from 'node:fs'
import { build } from 'esbuild'

/** The page's files by name, and what they were built from (esbuild's metafile). */
export async function buildPage() {
  const { outputFiles, metafile } = await build({
    entryPoints: { page: 'src/page/main.tsx', style: 'src/page/page.css' },
    outdir: 'page',
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome110', 'firefox115', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  })
  const textOf = (ending) => outputFiles.find(({ path }) => path.endsWith(ending)).text
  const files = {
    'page.js': textOf('.js'),
    'page.css': textOf('.css'),
    'page.html': readFileSync('src/page/page.html', 'utf8'),
    'icon.svg': readFileSync('src/page/icon.svg', 'utf8').trim(),
  }
  return { files, metafile }
}
