import type { Socket } from 'node:net'
import { connectAny } from './connect-any.js'
import { resolveHost } from './resolve-host.js'

export interface SocketTarget {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
  /** Aborts it. */
  readonly signal: AbortSignal
}

/**
 * Owns opening TCP connections, the same for the upstream, proxies and token endpoints.
 * @throws the signal's reason; else an error whose code is Node's, such as `ECONNREFUSED`
 */
export async function openSocket({ host, port, signal }: SocketTarget): Promise<Socket> {
  return connectAny(await resolveHost(host, signal), port, signal)
}
