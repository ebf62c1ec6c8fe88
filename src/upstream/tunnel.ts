import * as http from 'node:http'
import * as https from 'node:https'
import { isIP, isIPv6, type Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { codeOf } from '../errors.js'
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
 * Opens a way through an HTTP proxy with CONNECT (RFC 9110 §9.3.6). The proxy sees the upstream's
 * name and port and nothing else: TLS runs inside, end to end.
 * @throws {UpstreamError} whose reason holds the proxy's status, never its URL
 */
export function openTunnel(options: TunnelOptions): Promise<Socket> {
  const { host, port, secureContext, timeoutMs } = options
  const proxy = new URL(options.proxy)
  const name = proxy.hostname.replace(/^\[|\]$/g, '')
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`
  const isSecure = proxy.protocol === 'https:'

  return new Promise((resolve, reject) => {
    const request = (isSecure ? https : http).request({
      method: 'CONNECT',
      host: name,
      port: proxy.port === '' ? (isSecure ? 443 : 80) : Number(proxy.port),
      path: authority,
      headers: { host: authority, ...credentialsOf(proxy) },
      agent: false,
      ...(isSecure && {
        secureContext,
        rejectUnauthorized: true,
        ALPNProtocols: ['http/1.1'],
        ...(isIP(name) === 0 && { servername: name }),
      }),
    })
    const fail = (error: UpstreamError): void => {
      clearTimeout(timer)
      request.destroy()
      reject(error)
    }
    const timer = setTimeout(() => {
      fail(new UpstreamError('UPSTREAM_TIMEOUT', 'proxy'))
    }, timeoutMs)

    request.once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
      // A proxy that refuses may close at once; that is no error of ours.
      socket.on('error', () => undefined)
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy()
        fail(new UpstreamError('UPSTREAM_UNREACHABLE', `proxy answered ${statusCode}`))
        return
      }
      clearTimeout(timer)
      if (head.length > 0) socket.unshift(head)
      socket.setNoDelay(true)
      resolve(socket)
    })
    // An answer to CONNECT that the parser took for one with a body.
    request.once('response', ({ statusCode = 0 }) => {
      fail(new UpstreamError('UPSTREAM_UNREACHABLE', `proxy answered ${statusCode}`))
    })
    request.on('error', (error) => {
      const reason = `proxy ${codeOf(error) ?? 'unknown'}`
      fail(new UpstreamError('UPSTREAM_UNREACHABLE', reason, { cause: error }))
    })
    request.end()
  })
}

/** Basic (RFC 7617): the URL's user and password, which may be percent-encoded there. */
function credentialsOf({ username, password }: URL): { 'proxy-authorization'?: string } {
  if (username === '' && password === '') return {}
  const pair = `${decoded(username)}:${decoded(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A bare `%` in a password stands for itself.
    return text
  }
}
