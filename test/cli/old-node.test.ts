import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { CLI, projectFile } from '../project-file.js'

/** Says that it is another version before the program begins. */
function runAs(version: string, ...argv: string[]) {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`
  const url = `data:text/javascript,${encodeURIComponent(pretend)}`
  const command = ['-i', process.execPath, '--import', url, CLI, ...argv]
  const { status, stderr, stdout } = spawnSync('env', command)
  return { status, stderr: stderr.toString(), stdout: stdout.toString() }
}

t.test('a Node.js that is too old is told so, and which one is needed', (t) => {
  const { engines } = JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as {
    engines: { node: string }
  }
  const needed = engines.node.replace('>=', '')
  for (const version of ['18.20.4', '20.18.3']) {
    const { status, stderr } = runAs(version, '--version')
    t.equal(status, 2)
    t.match(stderr, `tailer-proxy: Node.js ${version} is too old`)
    t.match(stderr, `hint: use Node.js ${needed} or newer`)
  }
  for (const version of ['20.19.0', '22.0.0', '26.1.0']) {
    t.equal(runAs(version, '--version').status, 0, version)
  }
  t.end()
})

t.test('nothing is imported before', (t) => {
  const entry = readFileSync(CLI, 'utf8')
  t.notMatch(entry, /import\s*[{*'"]|import\s+\w/)
  t.end()
})
