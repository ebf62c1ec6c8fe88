import { Resolver } from 'node:dns/promises'
import { codeOf } from '../errors.js'

/** Doubles with each try; each try goes to all servers in turn. */
const FIRST_TRY_MS = 1_000
const TRIES = 4
/** How long one address family may take after the other was answered. */
const OTHER_FAMILY_MS = 500

export interface DnsAnswer {
  /** IPv6 and IPv4; empty if DNS does not know the name. */
  readonly addresses: string[]
  /** Whether DNS answered for both families; a broken server may drop one of them. */
  readonly isWhole: boolean
}

/**
 * Asks the machine's DNS servers for a name's addresses, IPv4 and IPv6 at once. The servers are
 * looked up each time, since the network can change.
 * @throws an error with code `ETIMEOUT` after 15 s without any answer, or `ECANCELLED` after the
 * signal
 */
export async function askDns(host: string, signal: AbortSignal): Promise<DnsAnswer> {
  const resolver = new Resolver({ timeout: FIRST_TRY_MS, tries: TRIES })
  const cancel = (): void => {
    resolver.cancel()
  }
  signal.addEventListener('abort', cancel)
  // In the order of RFC 6724's default table.
  const families = [resolver.resolve6(host), resolver.resolve4(host)].map(answered)
  let timer: NodeJS.Timeout | undefined
  try {
    await Promise.any(families)
    timer = setTimeout(cancel, OTHER_FAMILY_MS)
    const both = await Promise.allSettled(families)
    return {
      addresses: both.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])),
      isWhole: both.every(({ status }) => status === 'fulfilled'),
    }
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
  }
}

/** "No such name" and "no server" are answers, too; silence is not. */
async function answered(asked: Promise<string[]>): Promise<string[]> {
  try {
    return await asked
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ETIMEOUT' || code === 'ECANCELLED') throw error
    return []
  }
}
