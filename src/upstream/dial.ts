import type { Socket } from 'node:net'
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { codeOf } from '../errors.js'
import { connectAny } from '../net/connect-any.js'
import { resolveHost } from '../net/resolve-host.js'
import { serverNameOf } from '../net/server-name.js'
import { withDeadline } from '../net/with-deadline.js'
import { UpstreamError } from './exchange.js'
import { openTunnel } from './tunnel.js'

/** Owns opening a verified socket: DNS, TCP, TLS, ALPN. Until it resolves, no request was sent. */
export type Dial = () => Promise<TLSSocket>

export interface DialOptions {
  /** `https://HOST[:PORT]`. */
  origin: string
  /** For DNS, proxy, TCP and TLS together, in milliseconds. */
  timeoutMs: number
  /** From `createTrust`. Called for each connection, as CAs may change; building one is expensive. */
  trust: () => SecureContext
  /** URL of an HTTP proxy to go through, with user and password if it needs them. */
  proxy?: string | undefined
}

/**
 * Creates the dialler for one origin. The certificate is always verified and `h2` always required.
 * It rejects with an `UpstreamError`.
 */
export function createDial({ origin, timeoutMs, trust, proxy }: DialOptions): Dial {
  const { hostname, port: portText } = new URL(origin)
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  const port = portText === '' ? 443 : Number(portText)

  return () =>
    withDeadline(timeoutMs, async (signal) => {
      const secureContext = trust()
      const socket =
        proxy === undefined
          ? await connectTo(host, port, signal)
          : await openTunnel({ proxy, host, port, signal, secureContext })
      return handshake(socket, host, secureContext, signal)
    })
}

async function connectTo(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  let stage = 'dns'
  try {
    const addresses = await resolveHost(host, signal)
    stage = 'connect'
    return await connectAny(addresses, port, signal)
  } catch (cause) {
    if (signal.aborted) throw new UpstreamError('UPSTREAM_TIMEOUT', stage)
    throw new UpstreamError('UPSTREAM_UNREACHABLE', codeOf(cause) ?? 'unknown', { cause })
  }
}

function handshake(
  tcp: Socket,
  host: string,
  secureContext: SecureContext,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      socket: tcp,
      ...serverNameOf(host),
      secureContext,
      ALPNProtocols: ['h2'],
      rejectUnauthorized: true,
    })
    const fail = (error: UpstreamError): void => {
      socket.removeAllListeners()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    // The signal does not abort once this is settled.
    signal.addEventListener('abort', () => {
      fail(new UpstreamError('UPSTREAM_TIMEOUT', 'tls'))
    })

    socket.once('secureConnect', () => {
      if (socket.alpnProtocol !== 'h2') {
        fail(new UpstreamError('UPSTREAM_TLS', 'no h2'))
        return
      }
      socket.removeAllListeners('error').removeAllListeners('close')
      resolve(socket)
    })
    socket.once('error', (error: Error) => {
      fail(handshakeError(error))
    })
    socket.once('close', () => {
      fail(new UpstreamError('UPSTREAM_UNREACHABLE', 'closed'))
    })
  })
}

/**
 * Trusts what Node trusts by itself (its own store, the system's or OpenSSL's, as configured) and
 * the CAs in the given PEM texts. If any are given, those of NODE_EXTRA_CA_CERTS must be among
 * them.
 */
export function createTrust(extraCas: readonly string[]): SecureContext {
  const secureContext = createSecureContext()
  // The option `ca` would replace the default store, which no API before Node 22.15 can list.
  const store = secureContext.context as { addCACert(pem: string): void }
  for (const pem of extraCas) store.addCACert(pem)
  return secureContext
}

function handshakeError(error: Error): UpstreamError {
  const reason = codeOf(error) ?? 'unknown'
  // These are network errors; anything else is the handshake's verdict.
  const network = /^E(CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH)$/.test(reason)
  return new UpstreamError(network ? 'UPSTREAM_UNREACHABLE' : 'UPSTREAM_TLS', reason, {
    cause: error,
  })
}
