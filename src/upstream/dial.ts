import { isIP } from 'node:net'
import { connect, createSecureContext, rootCertificates, type TLSSocket } from 'node:tls'
import * as tls from 'node:tls'
import { codeOf } from '../errors.js'
import { UpstreamError } from './exchange.js'

/** Owns the way to a verified socket: DNS, TCP, TLS, ALPN. Until it resolves, nothing was sent. */
export type Dial = () => Promise<TLSSocket>

export interface DialOptions {
  /** `https://HOST[:PORT]`. */
  origin: string
  /** For DNS, TCP and TLS together, in milliseconds. */
  timeoutMs: number
  /** PEM texts of CAs to trust beside those Node trusts by itself. */
  extraCas: readonly string[]
}

/**
 * Makes the dialler of one origin. The certificate is always verified and `h2` always required.
 * It rejects with an `UpstreamError`.
 */
export function createDial({ origin, timeoutMs, extraCas }: DialOptions): Dial {
  const { hostname, port } = new URL(origin)
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  // Made once: parsing the CAs costs more than the handshake.
  const secureContext = createSecureContext(
    extraCas.length > 0 ? { ca: [...systemCas(), ...extraCas] } : {},
  )

  return () =>
    new Promise((resolve, reject) => {
      let connected = false
      const socket = connect({
        host,
        port: port === '' ? 443 : Number(port),
        ...(isIP(host) === 0 && { servername: host }),
        secureContext,
        ALPNProtocols: ['h2'],
        rejectUnauthorized: true,
      })
      const fail = (error: UpstreamError): void => {
        clearTimeout(timer)
        socket.removeAllListeners()
        socket.on('error', () => undefined)
        socket.destroy()
        reject(error)
      }
      const timer = setTimeout(() => {
        fail(new UpstreamError('UPSTREAM_TIMEOUT', connected ? 'tls' : 'connect'))
      }, timeoutMs)

      socket.setNoDelay(true)
      socket.once('connect', () => {
        connected = true
      })
      socket.once('secureConnect', () => {
        if (socket.alpnProtocol !== 'h2') {
          fail(new UpstreamError('UPSTREAM_TLS', 'no h2'))
          return
        }
        clearTimeout(timer)
        socket.removeAllListeners('error').removeAllListeners('close')
        resolve(socket)
      })
      socket.once('error', (error: Error) => {
        fail(connectError(error, connected))
      })
      socket.once('close', () => {
        fail(new UpstreamError('UPSTREAM_UNREACHABLE', 'closed'))
      })
    })
}

/** Node's own CAs, those of NODE_EXTRA_CA_CERTS among them where Node can list them. */
function systemCas(): readonly string[] {
  // Since Node 22.15; before, the settings add the file of NODE_EXTRA_CA_CERTS to `extraCas`.
  const list = (tls as { getCACertificates?: (type: 'default') => string[] }).getCACertificates
  return list === undefined ? rootCertificates : list('default')
}

function connectError(error: Error, connected: boolean): UpstreamError {
  const reason = codeOf(error) ?? 'unknown'
  // Once TCP stands, only these are about the network; all else is the handshake's verdict.
  const network = !connected || /^E(CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH)$/.test(reason)
  return new UpstreamError(network ? 'UPSTREAM_UNREACHABLE' : 'UPSTREAM_TLS', reason, {
    cause: error,
  })
}
