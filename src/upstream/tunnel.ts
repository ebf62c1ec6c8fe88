import type { Socket } from 'node:net'
import { openTunnel as open, TunnelError, type TunnelOptions } from '../net/open-tunnel.js'
import { UpstreamError } from './exchange.js'

/**
 * Owns what a request is told when the proxy opens no tunnel to the upstream.
 * @throws {UpstreamError} whose reason holds the proxy's status, never its URL
 */
export async function openTunnel(options: TunnelOptions): Promise<Socket> {
  try {
    return await open(options)
  } catch (error) {
    if (!(error instanceof TunnelError)) throw error
    if (options.signal.aborted) throw new UpstreamError('UPSTREAM_TIMEOUT', 'proxy')
    throw new UpstreamError('UPSTREAM_UNREACHABLE', error.code, { cause: error.cause })
  }
}
