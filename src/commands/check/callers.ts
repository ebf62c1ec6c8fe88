import type { Settings } from '../../settings/table.js'
import { isLocalAddress, printAddress } from '../../settings/values/parse-address.js'
import { printMode } from '../../settings/values/parse-mode.js'

/** Owns the part of the report that says who may call the proxy, by these settings. */
export function describeCallers({ listen, allowedUsers, socketMode }: Settings): string {
  if (listen.kind === 'unix') {
    return `may call: who may write to the socket ${listen.path} (mode ${printMode(socketMode)})`
  }
  if (!isLocalAddress(listen)) return `may call: any machine that reaches ${printAddress(listen)}`
  if (allowedUsers.length === 0) return 'may call: any user of this machine'
  const names = allowedUsers.map(({ text, uid }) => (text === 'self' ? `self (uid ${uid})` : text))
  return `may call: ${names.join(', ')}`
}
