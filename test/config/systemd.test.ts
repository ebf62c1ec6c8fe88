import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { projectFile } from '../project-file.js'
import { runIfInstalled } from './installed.js'

const SYSTEM = 'tailer-proxy.service'
const RELOAD_KEY = 'tailer-proxy.service.d/reload-key.conf'
const ALLOWED_USER = 'tailer-proxy.service.d/allowed-user.conf'
const USER = 'user/tailer-proxy.service'
const textOf = (name: string) => readFileSync(projectFile(`config/systemd/${name}`), 'utf8')

/** In tenths of systemd's points: the network, which it needs, and pages that V8 writes to run. */
const MOST_EXPOSED = 12

/** The units, with a program that is there: systemd looks for tailer-proxy where users have it. */
function installUnits(t: Test): (name: string) => string {
  const folder = t.testdir()
  cpSync(projectFile('config/systemd'), folder, { recursive: true })
  for (const name of [SYSTEM, RELOAD_KEY, ALLOWED_USER, USER]) {
    const installed = textOf(name).replace(/^(Exec\w+=-?)tailer-proxy /gm, `$1${process.execPath} `)
    writeFileSync(join(folder, name), installed)
  }
  return (name) => join(folder, name)
}

t.test('systemd finds nothing wrong with the units, and little that is exposed', (t) => {
  const installed = installUnits(t)
  const probe = ['systemd-analyze', 'security', '--offline=true', '--no-pager', installed(SYSTEM)]
  const verify = ['systemd-analyze', 'verify']
  const system = runIfInstalled(probe, [...verify, installed(SYSTEM)])
  if (system === undefined) {
    t.comment('NOT CHECKED: systemd-analyze 250 or newer is not installed here')
    t.end()
    return
  }
  t.same(system, { status: 0, text: '' })
  // Short: sockets of other units are below it.
  const runtime = mkdtempSync(join(tmpdir(), 'run-'))
  t.teardown(() => {
    rmSync(runtime, { recursive: true })
  })
  const withRuntime = ['env', `XDG_RUNTIME_DIR=${runtime}`]
  const user = runIfInstalled(probe, [...withRuntime, ...verify, '--user', installed(USER)])
  t.same(user, { status: 0, text: '' })
  // That it shares the user namespace is the price of telling users apart, for those who want it.
  rmSync(installed(ALLOWED_USER))
  const secured = runIfInstalled(probe, [...probe, `--threshold=${MOST_EXPOSED}`])
  t.equal(secured?.status, 0, secured?.text.slice(-200) ?? '')

  writeFileSync(installed(RELOAD_KEY), '[Service]\nSuplementaryGroups=tailer-key\n')
  const slip = runIfInstalled(probe, [...verify, installed(SYSTEM)])
  t.match(slip?.text, /SuplementaryGroups/, 'a misspelled line of the drop-in is found')
  t.end()
})

t.test('the key is for root and the service alone, and a bad one is not tried again', (t) => {
  const unit = textOf(SYSTEM)
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
    /^ExecStart=\S+ start --credentials \$\{CREDENTIALS_DIRECTORY\}\/credentials\.json$/m,
  )
  t.end()
})

t.test('with the drop-in, the service watches the key file itself, not a copy', (t) => {
  const [, path] = /^LoadCredential=credentials\.json:(.*)$/m.exec(textOf(SYSTEM)) ?? []
  const lines = textOf(RELOAD_KEY).split('\n')
  t.match(lines.slice(lines.indexOf('[Service]')), [
    '[Service]',
    /^SupplementaryGroups=/,
    'LoadCredential=',
    'ExecStart=',
    `ExecStart=tailer-proxy start --credentials ${path ?? ''}`,
  ])
  t.end()
})

t.test('where users are told apart, the service sees their real numbers', (t) => {
  t.ok(textOf(ALLOWED_USER).split('\n').includes('PrivateUsers=no'))
  t.match(textOf(ALLOWED_USER), /^Environment=TAILER_PROXY_ALLOWED_USER=/m)
  t.match(textOf(USER), /^ExecStart=tailer-proxy start --allowed-user self$/m)
  t.end()
})

t.test('a start is waited for by its process, so that no other proxy is taken for it', (t) => {
  for (const name of [SYSTEM, USER]) {
    t.match(textOf(name), /^ExecStartPost=-tailer-proxy wait --pid \$MAINPID /m)
  }
  t.end()
})
