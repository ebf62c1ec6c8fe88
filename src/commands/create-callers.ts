import { Callers } from '../access/users/callers.js'
import { openSocketTables, readMachineAccounts } from '../access/users/read-machine.js'
import type { Log } from '../log.js'
import type { Settings } from '../settings/table.js'

/** Who may call, by `--allowed-user`; undefined without it: any user may. */
export function createCallers({ allowedUsers }: Settings, log: Log): Callers | undefined {
  if (allowedUsers.length === 0) return undefined
  return new Callers({
    allowed: new Set(allowedUsers.map(({ uid }) => uid)),
    accounts: readMachineAccounts(),
    tables: openSocketTables(),
    onReadable(isReadable, code) {
      if (isReadable) log.info('the kernel tells again who calls')
      else {
        const hint =
          '--allowed-user needs /proc/net/tcp and /proc/net/tcp6: let this process read them'
        log.error({ code, hint }, 'the kernel does not tell who calls: all callers are refused')
      }
    },
  })
}
