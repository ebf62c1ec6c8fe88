/** Owns the users of this machine who may call: a name, a number, or `self`. */
import { MAX_UID } from '../../access/users/accounts.js'
import { readMachineAccounts } from '../../access/users/read-machine.js'
import { BadValue } from './bad-value.js'

/** `text` is unchanged. */
export interface AllowedUser {
  readonly text: string
  readonly uid: number
}

const WANTS = 'the name or number of a user of this machine, or self'

/** A number needs no name; a name must be in `/etc/passwd`. */
export function parseUser(text: string): AllowedUser {
  const uid = uidOf(text)
  if (uid === undefined) {
    const hint = `give a name that is in /etc/passwd, a number up to ${MAX_UID}, or self`
    throw new BadValue(WANTS, hint)
  }
  return { text, uid }
}

function uidOf(text: string): number | undefined {
  if (text === 'self') return process.getuid?.()
  if (!/^[0-9]+$/.test(text)) return readMachineAccounts().uidOf(text)
  return Number(text) <= MAX_UID ? Number(text) : undefined
}
