import { readFileSync } from 'node:fs'
import t from 'tap'
import { projectFile } from './project-file.js'

const readme = readFileSync(projectFile('README.md'), 'utf8')

t.test('every dependency has its reason in the README', (t) => {
  const file = readFileSync(projectFile('package.json'), 'utf8')
  const { dependencies } = JSON.parse(file) as { dependencies: Record<string, string> }
  const [, builtOn = ''] = /## Built on\n([^]*?)\n## /.exec(readme) ?? []
  for (const name of Object.keys(dependencies)) {
    t.match(builtOn, new RegExp(`[| ]${name}[, ]`), name)
  }
  t.end()
})
