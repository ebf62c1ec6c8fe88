import t from 'tap'
import { projectFile } from '../project-file.js'
import { load } from '../settings/load.js'
import { runIfInstalled } from './installed.js'

const path = projectFile('config/launchd/local.tailer-proxy.plist')

t.test('the launch agent is a property list that starts the proxy at login', (t) => {
  const read = `import json, plistlib, sys
print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))`
  const said = runIfInstalled(['python3', '--version'], ['python3', '-c', read, path])
  if (said === undefined) {
    t.comment('NOT CHECKED: python3, which reads property lists, is not installed here')
    t.end()
    return
  }
  t.equal(said.status, 0, said.text)
  const agent = JSON.parse(said.text) as { ProgramArguments: string[]; ExitTimeOut: number }
  t.match(agent, { Label: 'local.tailer-proxy', RunAtLoad: true })
  t.match(agent, { KeepAlive: { SuccessfulExit: false } })
  t.same(agent.ProgramArguments.slice(-2), ['tailer-proxy', 'start'])
  t.ok(agent.ExitTimeOut * 1000 > load().drainTimeoutMs, 'it may drain')
  t.end()
})

t.test('the tools of Apple and of libimobiledevice take the launch agent', (t) => {
  const said =
    runIfInstalled(['plutil', '-help'], ['plutil', '-lint', path]) ??
    runIfInstalled(['plistutil', '--version'], ['plistutil', '-i', path, '-o', '/dev/null'])
  if (said === undefined) t.comment('NOT CHECKED: neither plutil nor plistutil is installed here')
  // plistutil says it, but exits with 0.
  else t.same([said.status, /ERROR/.test(said.text)], [0, false], said.text)
  t.end()
})
