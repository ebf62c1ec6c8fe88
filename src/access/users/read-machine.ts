/** Owns the reading of what the machine says of its users and their sockets; nothing is judged. */
import { close, open, read, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { codeOf } from '../../errors.js'
import { type Accounts, readAccounts } from './accounts.js'

/** By way of `self`, which is there too where a `/proc` of its own shows processes alone. */
const TCP = '/proc/self/net/tcp'

/** The kernel gives a page at a time. */
const BUFFER_BYTES = 64 * 1024

const openFile = promisify(open)
const readPart = promisify(read)

/** Without the file no name is known. */
export function readMachineAccounts(): Accounts {
  try {
    return readAccounts(readFileSync('/etc/passwd', 'utf8'))
  } catch {
    return readAccounts('')
  }
}

/** The kernel's TCP sockets, IPv4 and IPv6, of this network namespace. */
export class SocketTables {
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  /** They stay open: a process out of descriptors can still tell who calls. */
  readonly #descriptors = new Map<string, number>()
  readonly #tcp: string
  readonly #tcp6: string

  constructor(tcp = TCP, tcp6 = `${TCP}6`) {
    this.#tcp = tcp
    this.#tcp6 = tcp6
  }

  /** Both as one text, about 5 ms; one call at a time. Rejects with the system's error. */
  async read(): Promise<string> {
    const tcp = await this.#readFile(this.#tcp)
    return tcp + (await this.#readFile(this.#tcp6).catch(emptyIfMissing))
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) close(descriptor)
    this.#descriptors.clear()
  }

  async #readFile(path: string): Promise<string> {
    let descriptor = this.#descriptors.get(path)
    if (descriptor === undefined) {
      descriptor = await openFile(path, 'r')
      this.#descriptors.set(path, descriptor)
    }
    let text = ''
    for (let position = 0; ;) {
      const { bytesRead } = await readPart(descriptor, this.#buffer, 0, BUFFER_BYTES, position)
      if (bytesRead === 0) return text
      text += this.#buffer.toString('latin1', 0, bytesRead)
      position += bytesRead
    }
  }
}

/** A kernel without IPv6 has no such table. */
function emptyIfMissing(error: unknown): string {
  if (codeOf(error) === 'ENOENT') return ''
  throw error
}
