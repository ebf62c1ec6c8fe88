import { proxyFor } from '../../settings/environment/proxy-for.js'
import type { Settings } from '../../settings/table.js'
import { createDial } from '../../upstream/dial.js'
import { describeCode } from '../../system-codes.js'
import { UpstreamError } from '../../upstream/exchange.js'
import { createUpstreamTrust } from '../upstream-trust.js'
import { describeCertificate, leftMsOf, lookAtCertificate } from './certificate.js'
import { type CheckState, fail, type Finding, ok, reasonOf, skip, warn } from './finding.js'
import { openWay } from './network-steps.js'
import { originParts } from './origin-parts.js'

/** Owns the step that verifies the upstream's identity. */

const EXPIRY_WARN_MS = 14 * 86_400_000

export async function checkTls({ settings, proxied, lacking }: CheckState): Promise<Finding> {
  if (settings === undefined) return skip('needs settings')
  if (lacking.has(proxied ? 'proxy' : 'tcp')) return skip('needs a connection')
  try {
    const dial = createDial({
      origin: settings.upstream,
      timeoutMs: settings.connectTimeoutMs,
      trust: createUpstreamTrust(settings).current,
      proxy: proxyFor(settings.upstream, settings)?.reveal(),
    })
    const socket = await dial()
    const certificate = socket.getPeerCertificate()
    const detail = `${socket.getProtocol() ?? 'TLS'}, ALPN h2, ${describeCertificate(certificate)}`
    socket.destroy()
    if (leftMsOf(certificate) >= EXPIRY_WARN_MS) return ok(detail)
    return warn(detail, 'ask whoever runs the upstream to renew the certificate')
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    const [what, hint] = meaningOf(reasonOf(error))
    const whose = error.code === 'UPSTREAM_TLS' ? await whoseCertificate(settings) : ''
    return fail(`${what}${whose}`, hint)
  }
}

/** A company proxy that intercepts TLS is recognised by the issuer of its certificate. */
async function whoseCertificate(settings: Settings): Promise<string> {
  const { connectTimeoutMs: timeoutMs, upstream } = settings
  try {
    const tcp = await openWay(settings)
    const { host } = originParts(upstream)
    const shown = await lookAtCertificate({ host, tcp, timeoutMs })
    return shown === undefined ? '' : `; it presents a ${describeCertificate(shown)}`
  } catch {
    // The handshake failure itself is reported already.
    return ''
  }
}

/** What a failed handshake means, and how to fix it. */
function meaningOf(reason: string): [what: string, hint: string] {
  switch (reason) {
    case 'no h2':
    case 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL':
      return [
        'the other side does not speak HTTP/2 (ALPN h2)',
        'is it the upstream, or a proxy that intercepts TLS?',
      ]
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return ['the certificate is not for this name', 'check --upstream']
    case 'CERT_HAS_EXPIRED':
      return ['the certificate has expired', clockHint()]
    case 'CERT_NOT_YET_VALID':
      return ['the certificate is not valid yet', clockHint()]
  }
  if (/CERT|SIGNATURE|ISSUER/.test(reason)) {
    return [
      `the certificate is not trusted (${reason})`,
      'if a company proxy intercepts TLS, name its CA with --ca-file; otherwise check --upstream',
    ]
  }
  return [
    `the TLS handshake failed: ${describeCode(reason)}`,
    'this may not be a TLS port, or a firewall is in the way: check --upstream',
  ]
}

function clockHint(): string {
  return `the clock of this machine says ${new Date().toISOString()}: set it if that is wrong`
}
