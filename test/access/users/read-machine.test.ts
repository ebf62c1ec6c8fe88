import t from 'tap'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  openSocketTables,
  readMachineAccounts,
  readMachineNamespace,
  readOverflowUid,
  SocketTable,
} from '../../../src/access/users/read-machine.js'
import { type Ends, readOwners, rowNamesOf } from '../../../src/access/users/socket-table.js'

t.test('the kernel’s tables have our own connections, each time anew', async (t) => {
  if (process.platform !== 'linux') {
    t.comment('no Linux: its tables are missing')
    return
  }
  const tables = openSocketTables()
  t.teardown(() => {
    for (const table of tables) table.close()
  })
  for (const [server, client] of [
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '::ffff:127.0.0.1'],
    ['::1', '::1'],
  ] as const) {
    const listener = createServer().listen(0, server)
    await once(listener, 'listening')
    const own = connect({ host: client, port: (listener.address() as AddressInfo).port })
    const [accepted] = (await once(listener, 'connection')) as [Socket]
    const names = rowNamesOf(accepted as Ends)
    const found: unknown[] = []
    for (const table of tables) {
      found.push(...readOwners(await table.read(), new Set(names)).values())
    }
    t.same(found, [process.getuid?.()], `${client} to ${server}`)
    own.destroy()
    accepted.destroy()
    listener.close()
  }
})

t.test('a table of many pages is read whole', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tailer-proxy-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  const file = join(folder, 'tcp')
  const text = 'a row\n'.repeat(40_000)
  writeFileSync(file, text)
  const table = new SocketTable(file)
  t.teardown(() => {
    table.close()
  })
  t.equal(await table.read(), text)
  t.equal(await table.read(), text)
})

t.test('a table that cannot be read is an error', async (t) => {
  await t.rejects(new SocketTable('/nonexistent/tcp').read(), { code: 'ENOENT' })
  await t.rejects(new SocketTable('/').read(), { code: 'EISDIR' })
  await t.rejects(new SocketTable('/', true).read(), { code: 'EISDIR' })
  await t.rejects(new SocketTable('/dev/null/tcp6', true).read(), { code: 'ENOTDIR' })
  t.equal(await new SocketTable('/nonexistent/tcp6', true).read(), '', 'a kernel without IPv6')
})

t.test('root has a name', (t) => {
  t.equal(readMachineAccounts().nameOf(0), 'root')
  t.end()
})

t.test('the namespace and the number of its strangers are the kernel’s', (t) => {
  const map = existsSync('/proc/self/uid_map') ? readFileSync('/proc/self/uid_map', 'utf8') : ''
  const first = Number(/[0-9]+/.exec(map)?.[0] ?? 0)
  t.equal(readMachineNamespace().has(first), true)
  t.equal(readMachineNamespace().has(0xffff_ffff), false, 'which is no user')
  const overflow = '/proc/sys/kernel/overflowuid'
  const uid = existsSync(overflow) ? Number(readFileSync(overflow, 'utf8')) : 65_534
  t.equal(readOverflowUid(), uid)
  t.end()
})
