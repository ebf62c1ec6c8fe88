import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { projectFile } from '../project-file.js'

t.test('two builds give the same bytes', (t) => {
  const folders = ['once', 'twice'].map((name) => projectFile(`.build/${name}`))
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true })
    const { status, stderr } = spawnSync(
      process.execPath,
      [projectFile('.config/build.js'), folder],
      { cwd: projectFile('.'), encoding: 'utf8' },
    )
    t.equal(status, 0, stderr)
  }
  const [once = {}, twice] = folders.map(contentOf)
  t.ok(Object.keys(once).includes('cli.js'))
  t.same(Object.keys(once), Object.keys(twice ?? {}))
  for (const [file, content] of Object.entries(once))
    t.ok(content.equals(twice?.[file] as Buffer), file)
  t.end()
})

function contentOf(folder: string): Record<string, Buffer> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((file) => [file, readFileSync(join(folder, file))]),
  )
}
