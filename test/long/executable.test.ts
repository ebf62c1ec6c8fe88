import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import t from 'tap'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { projectFile } from '../project-file.js'

t.test(
  'one file, in an empty folder, without PATH or any variable, is the whole program',
  async (t) => {
    const built = spawnSync(process.execPath, ['.config/build-exe.js'], {
      cwd: projectFile('.'),
      encoding: 'utf8',
    })
    t.equal(built.status, 0, built.stderr)
    const folder = t.testdir()
    const executable = join(folder, 'tailer-proxy')
    copyFileSync(projectFile('build/tailer-proxy'), executable)
    const alone = { cwd: folder, env: { PATH: '' } }

    const { stdout: version } = spawnSync(executable, ['--version'], { ...alone, encoding: 'utf8' })
    t.match(version, /^tailer-proxy \d+\.\d+\.\d+\n$/)
    const wrong = spawnSync(executable, ['tokn'], { ...alone, encoding: 'utf8' })
    t.equal(wrong.status, 2)
    t.match(wrong.stderr, /unknown command tokn/)

    const { keyFile } = await createServiceAccount()
    writeFileSync(join(folder, 'key.json'), JSON.stringify(keyFile))
    const token = spawnSync(executable, ['token', 'key.json'], { ...alone, encoding: 'utf8' })
    t.match(token.stdout, /^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/)
    t.equal(token.stderr, '')

    const demo = spawn(executable, ['demo', '--listen=127.0.0.1:0', '--admin=127.0.0.1:0'], {
      ...alone,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    t.teardown(() => demo.kill('SIGKILL'))
    const ended = once(demo, 'exit')
    const lines: string[] = []
    for await (const line of createInterface({ input: demo.stderr })) {
      lines.push(line)
      if (!line.includes('"msg":"ready"')) continue
      const { listen, admin } = JSON.parse(line) as { listen: string; admin: string }
      t.equal((await fetch(`${listen}/v1/dag/status`, { method: 'POST' })).status, 400)
      const page = await fetch(admin, { headers: { accept: 'text/html' } })
      t.match(await page.text(), /<script/)
      const health = spawnSync(executable, ['healthcheck', '--admin', new URL(admin).host], alone)
      t.equal(health.status, 0)
      demo.kill('SIGTERM')
    }
    t.same(await ended, [0, null], lines.join('\n'))
  },
)
