/**
 * Owns which users of the machine a user namespace can name (user_namespaces(7)): in a container, or
 * in a unit with `PrivateUsers=`, the kernel shows all others as one, by default as nobody.
 */
export interface UserNamespace {
  /** Whether it has a number for every user of the machine. */
  readonly isWhole: boolean
  readonly has: (uid: number) => boolean
}

/** @param uidMap the text of `/proc/self/uid_map`: first number inside, first outside, how many */
export function readUserNamespace(uidMap: string): UserNamespace {
  const ranges = uidMap
    .split('\n')
    .map((line) => line.trim().split(/ +/).map(Number))
    .flatMap(([first = NaN, , count = NaN]) => (count > 0 ? [{ first, count }] : []))
  return {
    isWhole: ranges.reduce((sum, { count }) => sum + count, 0) >= 0xffff_ffff,
    has: (uid) => ranges.some(({ first, count }) => uid >= first && uid < first + count),
  }
}
