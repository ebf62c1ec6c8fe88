import { spawnSync } from 'node:child_process'
import t from 'tap'

interface Report {
  readonly folders: readonly { folder: string; killed: number; survived: number }[]
  readonly survivors: readonly { fileName: string; line: number; replacement: string }[]
}

t.test('in each folder in scope, a mutant that must die is killed', (t) => {
  const script = ['.config/mutants/run.js', '--must-die', '--json']
  const { status, stdout, stderr } = spawnSync(process.execPath, script, { encoding: 'utf8' })
  t.equal(status, 0, stderr)
  const { folders, survivors } = JSON.parse(stdout) as Report
  t.strictSame(survivors, [])
  t.strictSame(
    folders.map(({ folder, killed }) => [folder, killed > 0]),
    ['access', 'token', 'upstream/http2', 'upstream', 'proxy', 'settings/values', 'identity'].map(
      (folder) => [folder, true],
    ),
  )
  t.end()
})
