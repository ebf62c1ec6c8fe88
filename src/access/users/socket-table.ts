/**
 * Owns the format of the kernel's TCP socket tables: how `/proc/net/tcp` and `/proc/net/tcp6` write
 * a connection, and which user a row belongs to
 * (https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html).
 */
import { isIPv4, isIPv6 } from 'node:net'
import { endianness } from 'node:os'

/** Both ends of a connection, as `node:net` prints them, from the proxy's side. */
export interface Ends {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
}

/** Both ends as written in the row of the client's socket: its own end first. */
export type RowName = string

const IS_LITTLE_ENDIAN = endianness() === 'LE'

/** The bytes before an IPv4 address in an IPv4-mapped one (RFC 4291 §2.5.5.2). */
const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/** Captures of a row: both ends, the uid, the inode. */
const ROW =
  /^ *[0-9]+: ([0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:[0-9A-F]{4}) \S+ \S+ \S+ \S+ +([0-9]+) +\S+ ([0-9]+) /gm

/**
 * How the client's row may be written. An IPv4 connection has two forms: the client's socket may be
 * an IPv6 one, listed in `tcp6` with mapped addresses. Empty if an address is invalid.
 */
export function rowNamesOf(ends: Ends, isLittleEndian = IS_LITTLE_ENDIAN): RowName[] {
  const client = bytesOf(ends.remoteAddress)
  const own = bytesOf(ends.localAddress)
  if (client === undefined || own?.length !== client.length) return []
  const spell = (prefix: readonly number[]): RowName =>
    `${printEnd([...prefix, ...client], ends.remotePort, isLittleEndian)} ` +
    printEnd([...prefix, ...own], ends.localPort, isLittleEndian)
  return client.length === 4 ? [spell([]), spell(MAPPED_PREFIX)] : [spell([])]
}

/**
 * The uids of the rows with these names. A row without an inode is skipped: no process holds that
 * socket any more, and its uid is 0 whoever did.
 * @param table the file's text
 */
export function readOwners(table: string, wanted: ReadonlySet<RowName>): Map<RowName, number> {
  const owners = new Map<RowName, number>()
  for (const [, name = '', uid, inode] of table.matchAll(ROW)) {
    if (inode !== '0' && wanted.has(name)) owners.set(name, Number(uid))
  }
  return owners
}

/** In words of four bytes, each printed in the machine's byte order. */
function printEnd(address: readonly number[], port: number, isLittleEndian: boolean): string {
  let text = ''
  for (let i = 0; i < address.length; i += 4) {
    const word = address.slice(i, i + 4)
    if (isLittleEndian) word.reverse()
    for (const byte of word) text += hex(byte, 2)
  }
  return `${text}:${hex(port, 4)}`
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, '0')
}

/** In network byte order; four for an IPv4 address, mapped or not. */
function bytesOf(address: string): number[] | undefined {
  const ipv4 = address.replace(/^::ffff:(?=[0-9.]+$)/i, '')
  if (isIPv4(ipv4)) return ipv4.split('.').map(Number)
  return isIPv6(address) ? ipv6Bytes(address) : undefined
}

function ipv6Bytes(address: string): number[] {
  // `URL` expands the short forms; a zone is not part of the address.
  const { hostname } = new URL(`http://[${address.replace(/%.*/, '')}]`)
  const [head = '', tail] = hostname.slice(1, -1).split('::')
  const left = groupsOf(head)
  const right = groupsOf(tail ?? '')
  const zeros = Array<number>(8 - left.length - right.length).fill(0)
  return [...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 0xff])
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => parseInt(group, 16))
}
