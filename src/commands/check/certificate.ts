import type { Socket } from 'node:net'
import { connect, type PeerCertificate } from 'node:tls'
import { serverNameOf } from '../../net/server-name.js'
import { printSpan } from './time-span.js'

/** Owns fetching and describing the upstream's certificate. */

export interface Look {
  host: string
  /** A connection to the server. */
  tcp: Socket
  timeoutMs: number
}

/**
 * Gets the certificate that the server presents, trusted or not, so that a report can say whose it
 * is. Nothing is sent: the connection is closed after the handshake.
 */
export function lookAtCertificate(look: Look): Promise<PeerCertificate | undefined> {
  const { host, tcp, timeoutMs } = look
  return new Promise((resolve) => {
    const socket = connect({
      socket: tcp,
      ...serverNameOf(host),
      ALPNProtocols: ['h2'],
      rejectUnauthorized: false,
    })
    const told = (certificate?: PeerCertificate): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(certificate)
    }
    const timer = setTimeout(told, timeoutMs)
    socket.once('secureConnect', () => {
      told(socket.getPeerCertificate())
    })
    socket.on('error', () => {
      told()
    })
  })
}

/** `certificate for NAMES by ISSUER, until DATE (NUMBER days left)`. */
export function describeCertificate(certificate: PeerCertificate): string {
  const { issuer, subject, subjectaltname, valid_to: validTo } = certificate
  const issuedBy = [issuer.O, issuer.CN].flat().filter(Boolean).join(' ') || 'an unnamed issuer'
  const names = [subjectaltname ?? subject.CN ?? ''].flat().join(', ').split(', ').slice(0, 3)
  const plain = names.map((name) => name.replace(/^[A-Za-z ]+:/, ''))
  const leftMs = leftMsOf(certificate)
  const left = leftMs < 0 ? 'expired' : `${printSpan(leftMs)} left`
  const until = new Date(validTo).toISOString().slice(0, 10)
  return `certificate for ${plain.join(', ')} by ${issuedBy}, until ${until} (${left})`
}

export function leftMsOf({ valid_to: validTo }: PeerCertificate): number {
  return Date.parse(validTo) - Date.now()
}
