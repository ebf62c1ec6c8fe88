import { lookup, type LookupAddress } from 'node:dns'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { askDns, type DnsAnswer } from './ask-dns.js'
import { lookupInChild } from './lookup-in-child.js'

/** DNS counts as silent after this long without an answer. */
const SILENT_MS = 2_000
/** How much longer the system's resolver may take than DNS did. */
const PATIENCE_MS = 1_000

/**
 * Owns resolving a host name to its addresses. The system's resolver (getaddrinfo) has the last
 * word, but cannot be cancelled: if a DNS server is silent, it blocks a thread of libuv's pool for
 * up to half a minute, and the process cannot exit before that. So DNS is asked first, through
 * c-ares, which can be cancelled; the system is asked once DNS has answered. If it does not, a
 * child process asks the system, which may know other sources than DNS; the child can be killed.
 */
export class HostResolver {
  /** One call of getaddrinfo at a time for each host. */
  readonly #running = new Map<string, Promise<string[]>>()

  /**
   * Returns the addresses of a host, in order of preference; at least one.
   * @throws the signal's reason; else an error whose code is Node's, such as `ENOTFOUND`
   */
  async resolve(host: string, signal: AbortSignal): Promise<string[]> {
    if (isIP(host) !== 0) return [host]
    signal.throwIfAborted()
    const done = new AbortController()
    const abort = (): void => {
      done.abort(signal.reason)
    }
    signal.addEventListener('abort', abort)
    try {
      return await Promise.race([this.#find(host, done.signal), rejectOnAbort(done.signal)])
    } finally {
      signal.removeEventListener('abort', abort)
      // Cancels whatever is still running.
      done.abort()
    }
  }

  async #find(host: string, signal: AbortSignal): Promise<string[]> {
    const name = host.replace(/\.$/, '')
    if (await isLocal(name)) return this.#askSystem(name)
    const question = askDns(host, signal)
    const answer = await Promise.race([question, after<undefined>(SILENT_MS, undefined, signal)])
    if (answer === undefined) {
      const asked = [question.then(addressesOf), lookupInChild(host, signal)]
      // Of the two failures, the one from DNS has a meaningful code.
      return Promise.any(asked).catch(() => question.then(addressesOf))
    }
    // The system would wait for the missing half.
    if (!answer.isWhole) return addressesOf(answer)
    const system = this.#askSystem(host)
    const { addresses } = answer
    if (addresses.length === 0) return system
    return Promise.race([system, after(PATIENCE_MS, addresses, signal)])
  }

  #askSystem(host: string): Promise<string[]> {
    const running = this.#running.get(host)
    if (running !== undefined) return running
    const asked = new Promise<string[]>((resolve, reject) => {
      lookup(host, { all: true }, (error, found: LookupAddress[]) => {
        this.#running.delete(host)
        if (error) reject(error)
        else resolve(found.map(({ address }) => address))
      })
    })
    // The callers may have given up.
    asked.catch(() => undefined)
    this.#running.set(host, asked)
    return asked
  }
}

const resolver = new HostResolver()

/** Resolves a host with the process-wide resolver: see `HostResolver.resolve`. */
export function resolveHost(host: string, signal: AbortSignal): Promise<string[]> {
  return resolver.resolve(host, signal)
}

function addressesOf({ addresses }: DnsAnswer): string[] {
  return addresses
}

/** Names that the system resolves without DNS: multicast DNS and the hosts file. */
async function isLocal(host: string): Promise<boolean> {
  if (/(^|\.)(localhost|local)$/i.test(host)) return true
  const lines = await readFile('/etc/hosts', 'utf8').catch(() => '')
  const name = host.toLowerCase()
  return lines
    .toLowerCase()
    .split('\n')
    .some((line) => line.includes(name) && line.replace(/#.*/, '').split(/\s+/).includes(name))
}

function after<T>(ms: number, value: T, signal: AbortSignal): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, value)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
    })
  })
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
  })
}
