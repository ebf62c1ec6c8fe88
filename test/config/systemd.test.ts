import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { projectFile } from '../project-file.js'
import { runIfInstalled } from './installed.js'

const unit = readFileSync(projectFile('config/systemd/tailer-proxy.service'), 'utf8')

/** In tenths of systemd's points: the network, which it needs, and pages that V8 writes to run. */
const MOST_EXPOSED = 12

t.test('systemd finds nothing wrong with the unit, and little that is exposed', (t) => {
  const file = join(t.testdir(), 'tailer-proxy.service')
  writeFileSync(file, unit.replaceAll('/usr/bin/node', process.execPath))
  const probe = ['systemd-analyze', 'security', '--offline=true', '--no-pager', file]
  const verified = runIfInstalled(probe, ['systemd-analyze', 'verify', file])
  const secured = runIfInstalled(probe, [...probe, `--threshold=${MOST_EXPOSED}`])
  if (verified === undefined || secured === undefined) {
    t.comment('NOT CHECKED: systemd-analyze 250 or newer is not installed here')
  } else {
    t.same(verified, { status: 0, text: '' })
    t.equal(secured.status, 0, secured.text.slice(-200))
  }
  t.end()
})

t.test('the key is for root and the service alone, and a bad one is not tried again', (t) => {
  const lines = unit.split('\n')
  for (const line of [
    'DynamicUser=yes',
    'LoadCredential=credentials.json:/etc/tailer-proxy/credentials.json',
    'Restart=on-failure',
    'RestartPreventExitStatus=2 3',
  ]) {
    t.ok(lines.includes(line), line)
  }
  t.match(
    unit,
    /^ExecStart=.* start --credentials \$\{CREDENTIALS_DIRECTORY\}\/credentials\.json$/m,
  )
  t.end()
})
