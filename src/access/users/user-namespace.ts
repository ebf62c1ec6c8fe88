/**
 * Owns which of the machine's users exist in a user namespace (user_namespaces(7)): in a container,
 * or in a unit with `PrivateUsers=`, the kernel shows all others as one, by default nobody.
 */
export interface UserNamespace {
  /** Whether it maps every user of the machine. */
  readonly isWhole: boolean
  readonly has: (uid: number) => boolean
}

/** @param uidMap the text of `/proc/self/uid_map`: first uid inside, first outside, count */
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
