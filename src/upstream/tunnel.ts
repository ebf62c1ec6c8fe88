import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { openTunnel as open, TunnelError } from '../tunnel/open-tunnel.js'
import { UpstreamError } from './exchange.js'

export interface TunnelOptions {
  /** `http://` or `https://`, with the user and password that the proxy wants, if any. */
  proxy: string
  /** The upstream's, without brackets. */
  host: string
  port: number
  timeoutMs: number
  /** What to trust where the proxy itself is reached by TLS. */
  secureContext: SecureContext
}

/**
 * Owns what a proxy that opens no way to the upstream means for a request.
 * @throws {UpstreamError} whose reason holds the proxy's status, never its URL
 */
export async function openTunnel({ timeoutMs, ...options }: TunnelOptions): Promise<Socket> {
  const giveUp = new AbortController()
  const timer = setTimeout(() => {
    giveUp.abort()
  }, timeoutMs)
  try {
    return await open({ ...options, signal: giveUp.signal })
  } catch (error) {
    if (!(error instanceof TunnelError)) throw error
    if (giveUp.signal.aborted) throw new UpstreamError('UPSTREAM_TIMEOUT', 'proxy')
    throw new UpstreamError('UPSTREAM_UNREACHABLE', error.code, { cause: error.cause })
  } finally {
    clearTimeout(timer)
  }
}
