import { connect, isIPv6, type Socket } from 'node:net'
import { codeOf } from '../errors.js'

/** RFC 8305 §5: how long to wait for one attempt before the next address is tried as well. */
const ATTEMPT_DELAY_MS = 250
/** This machine has no route there at all: less telling than any other failure. */
const NO_ROUTE = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/**
 * Connects to whichever of several addresses accepts first (Happy Eyeballs, RFC 8305). A slow
 * address is never given up for the next one: all attempts continue until one succeeds, all fail,
 * or the signal aborts. Node's own `autoSelectFamily` drops each attempt after 250 ms.
 * @param addresses IP addresses, in order of preference; at least one
 * @throws the signal's reason; else the most telling of the attempts' errors
 */
export function connectAny(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const untried = interleave(addresses)
    const attempts = new Set<Socket>()
    const failures: Error[] = []
    let timer: NodeJS.Timeout | undefined

    const finish = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      for (const socket of attempts) socket.destroy()
    }
    const giveUp = (): void => {
      finish()
      reject(signal.reason as Error)
    }
    const tryNext = (): void => {
      clearTimeout(timer)
      const address = untried.shift()
      if (address !== undefined) {
        attempt(address)
        timer = setTimeout(tryNext, ATTEMPT_DELAY_MS)
      } else if (attempts.size === 0) {
        finish()
        reject(mostTelling(failures))
      }
    }
    const attempt = (address: string): void => {
      const socket = connect({ host: address, port, noDelay: true })
      attempts.add(socket)
      const fail = (error: Error): void => {
        attempts.delete(socket)
        failures.push(error)
        tryNext()
      }
      socket.once('error', fail).once('connect', () => {
        attempts.delete(socket)
        socket.off('error', fail)
        finish()
        resolve(socket)
      })
    }

    if (signal.aborted) {
      giveUp()
      return
    }
    signal.addEventListener('abort', giveUp)
    tryNext()
  })
}

/** RFC 8305 §4: the families alternate, beginning with the preferred one. */
function interleave(addresses: readonly string[]): string[] {
  const isFirstV6 = isIPv6(addresses[0] ?? '')
  const preferred = addresses.filter((address) => isIPv6(address) === isFirstV6)
  const others = addresses.filter((address) => isIPv6(address) !== isFirstV6)
  const turns = Math.max(preferred.length, others.length)
  return Array.from({ length: turns }, (_, at) => [preferred[at], others[at]])
    .flat()
    .filter((address) => address !== undefined)
}

function mostTelling(failures: readonly Error[]): Error {
  const telling = failures.find((error) => !NO_ROUTE.has(codeOf(error) ?? ''))
  return telling ?? failures[0] ?? new Error('no address')
}
