import * as http from 'node:http'
import { isIPv6, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext } from 'node:tls'
import { codeOf } from '../errors.js'
import { openSocket } from './open-socket.js'
import { serverNameOf } from './server-name.js'

export interface TunnelOptions {
  /** `http://` or `https://`, with user and password if the proxy needs them. */
  proxy: string
  /** The server to reach through it, without brackets. */
  host: string
  port: number
  /** Aborts it. */
  signal: AbortSignal
  /** What to trust if the proxy itself is reached over TLS. Default: what Node trusts. */
  secureContext?: SecureContext | undefined
}

/** The proxy opened no tunnel. The error holds the proxy's status, never its URL. */
export class TunnelError extends Error {
  override readonly name = 'TunnelError'
  /** `proxy returned 407`, `proxy ECONNREFUSED`, or `proxy gave no response` before it was given up. */
  readonly code: string

  constructor(code: string, cause?: unknown) {
    super(code, { cause })
    this.code = code
  }
}

/**
 * Owns tunnels through an HTTP proxy, opened with CONNECT (RFC 9110 §9.3.6), to the upstream and to
 * token endpoints alike. The proxy sees only a name and a port: TLS runs inside, end to end.
 * @throws {TunnelError}
 */
export async function openTunnel(options: TunnelOptions): Promise<Socket> {
  const { host, port, secureContext, signal } = options
  const proxy = new URL(options.proxy)
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`
  const toProxy = await openSocket({ ...addressOf(proxy), signal }).catch((cause: unknown) => {
    throw tunnelError(cause, signal)
  })

  return new Promise((resolve, reject) => {
    const request = http.request({
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...credentialsOf(proxy) },
      // An agent would log all of this, with the password, to NODE_DEBUG.
      createConnection: () =>
        proxy.protocol === 'https:' ? secured(toProxy, proxy, secureContext) : toProxy,
      signal,
    })
    const fail = (error: TunnelError): void => {
      request.destroy()
      toProxy.destroy()
      reject(error)
    }

    request.once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
      // A proxy that refuses may close at once; that is not our error.
      socket.on('error', () => undefined)
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy()
        fail(new TunnelError(`proxy returned ${statusCode}`))
        return
      }
      if (head.length > 0) socket.unshift(head)
      socket.setNoDelay(true)
      resolve(socket)
    })
    // A response to CONNECT that the parser took for one with content.
    request.once('response', ({ statusCode = 0 }) => {
      fail(new TunnelError(`proxy returned ${statusCode}`))
    })
    request.on('error', (cause) => {
      fail(tunnelError(cause, signal))
    })
    request.end()
  })
}

function tunnelError(cause: unknown, signal: AbortSignal): TunnelError {
  const what = signal.aborted ? 'gave no response' : (codeOf(cause) ?? 'unknown')
  return new TunnelError(`proxy ${what}`, cause)
}

function addressOf({ hostname, port, protocol }: URL): { host: string; port: number } {
  const defaultPort = protocol === 'https:' ? 443 : 80
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? defaultPort : Number(port),
  }
}

function secured(socket: Socket, proxy: URL, secureContext: SecureContext | undefined): Socket {
  const { host } = addressOf(proxy)
  return connectTls({
    socket,
    host,
    secureContext,
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
    ...serverNameOf(host),
  })
}

/** Basic (RFC 7617): the URL's user and password, which may be percent-encoded. */
function credentialsOf({ username, password }: URL): { 'proxy-authorization'?: string } {
  if (username === '' && password === '') return {}
  const pair = `${decoded(username)}:${decoded(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A bare `%` in a password is literal.
    return text
  }
}
