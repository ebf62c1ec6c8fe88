/** Owns the names of the machine's users, as in `/etc/passwd` (passwd(5)). */
export interface Accounts {
  /** The uid of the user with that name; undefined if there is none. */
  uidOf(name: string): number | undefined
  /** The first name for that uid; undefined if there is none. */
  nameOf(uid: number): string | undefined
}

/** The largest uid: to the kernel, the next number means "no user". */
export const MAX_UID = 0xffff_fffe

/** @param passwd the file's text; lines that describe no user are skipped */
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
