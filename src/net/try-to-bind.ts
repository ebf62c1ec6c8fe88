import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'

/** Nobody is expected to listen there; if somebody does, no harm is done. */
const UNUSED_PORT = 1
/** How long to wait for that refusal, in milliseconds, where a firewall suppresses it. */
const REFUSED_WITHIN_MS = 200

/**
 * Finds out whether a TCP port can be listened on, without listening: a client that comes too early
 * must be refused, since that is what it retries on (`curl --retry-connrefused`), not dropped. Node.js
 * binds only what then listens or connects, so this connects, to where it is refused.
 * @param host a name or an address
 * @throws the error of the system: EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND, …
 */
export async function tryToBind(host: string, port: number): Promise<void> {
  const { address, family } = await lookup(host)
  const target = { host: loopbackFor(address), port: UNUSED_PORT, family }
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ ...target, localAddress: address, localPort: port })
    const done = (error?: NodeJS.ErrnoException): void => {
      socket.destroy()
      if (error === undefined || error.syscall === 'connect') resolve()
      else reject(error)
    }
    socket.setTimeout(REFUSED_WITHIN_MS, done)
    socket.once('connect', done).once('error', done)
  })
}

/** One can listen on all addresses, but not connect to them. */
function loopbackFor(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1'
  return address === '::' ? '::1' : address
}
