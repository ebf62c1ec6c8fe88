import { Callers } from '../access/users/callers.js'
import {
  openSocketTables,
  readMachineAccounts,
  readMachineNamespace,
  readOverflowUid,
} from '../access/users/read-machine.js'
import type { Log } from '../log/log.js'
import type { Settings } from '../settings/table.js'

/** Who may call, by `--allowed-user`; undefined without it: any user may. */
export function createCallers({ allowedUsers }: Settings, log: Log): Callers | undefined {
  if (allowedUsers.length === 0) return undefined
  const namespace = readMachineNamespace()
  const overflowUid = namespace.isWhole ? undefined : readOverflowUid()
  const hidden = allowedUsers.filter(({ uid }) => !namespace.has(uid) || uid === overflowUid)
  if (hidden.length > 0) {
    const hint =
      'a container or PrivateUsers= hides who they are: listen on a unix socket, or leave it out'
    log.warn(
      { users: hidden.map(({ text }) => text), hint },
      'the kernel does not name these users here: their programs are refused',
    )
  }
  return new Callers({
    allowed: new Set(allowedUsers.map(({ uid }) => uid)),
    accounts: readMachineAccounts(),
    overflowUid,
    tables: openSocketTables(),
    onReadable(isReadable, code) {
      if (isReadable) log.info('the kernel says again who calls')
      else {
        const hint =
          '--allowed-user needs /proc/net/tcp and /proc/net/tcp6: let this process read them'
        log.error({ code, hint }, 'the kernel does not say who calls: all callers are refused')
      }
    },
  })
}
