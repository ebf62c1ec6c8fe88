import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import t from 'tap'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { spawnCli } from '../cli/spawn-cli.js'
import { folderOf } from '../identity/mint.js'
import { startUpstream } from '../integration/recording-upstream.js'

/** Requests are sent this often. */
const EVERY_MS = 10
/** A new key is in use within this time. */
const LIMIT_MS = 15_000

t.setTimeout(180_000)

t.test('a key that is swapped under load is used in time, and no request fails', async (t) => {
  const { keyFile } = await createServiceAccount()
  const keyOf = (name: string): string =>
    JSON.stringify({ ...keyFile, client_email: `${name}@p.test` })
  const folder = folderOf(t)
  const elsewhere = folderOf(t)
  const path = join(folder, 'key.json')
  writeFileSync(path, keyOf('first'))

  const upstream = await startUpstream(t)
  let issuer: unknown
  upstream.answer = (stream, { fields }) => {
    const bearer = fields[fields.indexOf('authorization') + 1] ?? ''
    issuer = decodeJwt(bearer.replace('Bearer ', '')).iss
    stream.respond({ ':status': 200 })
    stream.end()
  }
  const cli = spawnCli(t, [
    ...['start', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--log-format', 'json'],
    ...['--upstream', upstream.origin, '--ca-file', upstream.caFile, '--credentials', path],
  ])
  const ready = await cli.logged('ready')
  const [listen, admin] = [String(ready['listen']), String(ready['admin'])]

  const bad: string[] = []
  const sending: Promise<void>[] = []
  const steady = setInterval(() => {
    const sent = fetch(listen).then(
      ({ status }) => String(status),
      (error: unknown) => String(error),
    )
    sending.push(
      sent.then((outcome) => {
        if (outcome !== '200') bad.push(outcome)
      }),
    )
  }, EVERY_MS)
  t.teardown(() => {
    clearInterval(steady)
  })

  const metric = async (result: string): Promise<number> => {
    const text = await (await fetch(`${admin}/metrics`)).text()
    const line = `tailer_proxy_credential_reloads_total{result="${result}"} `
    return Number(
      text
        .split('\n')
        .find((l) => l.startsWith(line))
        ?.slice(line.length),
    )
  }
  /** Until the upstream sees that account. */
  const isUsed = async (name: string, how: string, swap: () => void): Promise<void> => {
    const startedMs = performance.now()
    swap()
    await upstream.until(() => issuer === `${name}@p.test`)
    const tookMs = Math.round(performance.now() - startedMs)
    t.ok(tookMs < LIMIT_MS, `${how}: after ${tookMs} ms`)
  }
  const isTold = async (reason: string, change: () => void): Promise<void> => {
    const [errors, before] = [await metric('error'), issuer]
    change()
    await cli.until('stderr', new RegExp(`"reason":"credentials file ${reason}"`))
    t.equal(issuer, before, `${reason}: the old one stays`)
    t.equal(await metric('error'), errors + 1, 'and it is counted')
  }
  const replace = (content: string): void => {
    writeFileSync(`${path}~`, content)
    renameSync(`${path}~`, path)
  }

  await isUsed('first', 'at the start', () => undefined)
  await isUsed('renamed', 'renamed into place', () => {
    replace(keyOf('renamed'))
  })
  await isUsed('written', 'written in place', () => {
    writeFileSync(path, keyOf('written'))
  })
  await isTold('is not JSON', () => {
    replace('{ "half": ')
  })
  await isTold('does not exist', () => {
    rmSync(path)
  })
  await isUsed('back', 'back again', () => {
    replace(keyOf('back'))
  })

  // As kubelet does it: the file is a link through `..data`, and that link is swapped.
  const version = (name: string): void => {
    mkdirSync(join(folder, `..${name}`))
    writeFileSync(join(folder, `..${name}`, 'key.json'), keyOf(name))
    symlinkSync(`..${name}`, join(folder, '..data_tmp'))
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  }
  await isUsed('mounted', 'mounted', () => {
    version('mounted')
    symlinkSync('..data/key.json', `${path}~`)
    renameSync(`${path}~`, path)
  })
  await isUsed('swapped', '..data swapped', () => {
    version('swapped')
    rmSync(join(folder, '..mounted'), { recursive: true })
  })

  // Where no event tells of it.
  const target = join(elsewhere, 'key.json')
  await isUsed('linked', 'a link to elsewhere', () => {
    writeFileSync(target, keyOf('linked'))
    symlinkSync(target, `${path}~`)
    renameSync(`${path}~`, path)
  })
  await isUsed('looked', 'changed elsewhere', () => {
    writeFileSync(target, keyOf('looked'))
  })

  clearInterval(steady)
  await Promise.all(sending)
  t.same(bad, [])
  t.ok(sending.length > 100, `${sending.length} requests`)
  const status = (await (await fetch(`${admin}/status`)).json()) as { identity: object }
  t.match(status.identity, { kind: 'service-account', email: 'looked@p.test' })
  cli.process.kill('SIGTERM')
  t.equal(await cli.ended, 0)
})
