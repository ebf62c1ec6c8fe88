import t from 'tap'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readMachineAccounts, SocketTables } from '../../../src/access/users/read-machine.js'
import { type Ends, readOwners, rowNamesOf } from '../../../src/access/users/socket-table.js'

t.test('the kernel’s tables have our own connections, each time anew', async (t) => {
  if (process.platform !== 'linux') {
    t.comment('no Linux: its tables are missing')
    return
  }
  const tables = new SocketTables()
  t.teardown(() => {
    tables.close()
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
    const owners = readOwners(await tables.read(), new Set(names))
    t.same([...owners.values()], [process.getuid?.()], `${client} to ${server}`)
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
  const tables = new SocketTables(file, join(folder, 'none'))
  t.teardown(() => {
    tables.close()
  })
  t.equal(await tables.read(), text, 'and a kernel without IPv6 has no second one')
  t.equal(await tables.read(), text)
})

t.test('a table that cannot be read is an error', async (t) => {
  await t.rejects(new SocketTables('/nonexistent/tcp', '/nonexistent/tcp6').read(), {
    code: 'ENOENT',
  })
  await t.rejects(new SocketTables('/', '/').read(), { code: 'EISDIR' })
})

t.test('root has a name', (t) => {
  t.equal(readMachineAccounts().nameOf(0), 'root')
  t.end()
})
