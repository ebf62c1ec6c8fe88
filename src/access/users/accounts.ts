/** Owns the names of the machine's users, as `/etc/passwd` gives them (passwd(5)). */
export interface Accounts {
  /** The number of the user of that name; undefined if there is none. */
  uidOf(name: string): number | undefined
  /** The first name of that number; undefined if it has none. */
  nameOf(uid: number): string | undefined
}

/** The largest number that is a user's: the next one means "no user" to the kernel. */
export const MAX_UID = 0xffff_fffe

/** @param passwd the text of the file; lines that are no user's are passed over */
export function readAccounts(passwd: string): Accounts {
  const uids = new Map<string, number>()
  const names = new Map<number, string>()
  for (const line of passwd.split('\n')) {
    const [name = '', , uidText = ''] = line.split(':')
    const uid = Number(uidText)
    if (name === '' || !/^[0-9]{1,10}$/.test(uidText) || uid > MAX_UID) continue
    if (!uids.has(name)) uids.set(name, uid)
    if (!names.has(uid)) names.set(uid, name)
  }
  return {
    uidOf: (name) => uids.get(name),
    nameOf: (uid) => names.get(uid),
  }
}
