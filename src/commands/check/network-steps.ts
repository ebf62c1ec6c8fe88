import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { codeOf, EXIT, FatalError } from '../../errors.js'
import { proxyFor } from '../../settings/proxy-for.js'
import { createDial, createTrust } from '../../upstream/dial.js'
import { UpstreamError } from '../../upstream/exchange.js'
import { openTunnel } from '../../upstream/tunnel.js'
import { readExtraCas } from '../create-upstream.js'
import { type CheckState, fail, failOf, type Finding, ok, skip, warn } from './finding.js'

/** Owns the steps of the way to the upstream: proxy, DNS, TCP, TLS. */

const EXPIRY_WARN_DAYS = 14
const DAY_MS = 86_400_000

export async function checkProxy(state: CheckState): Promise<Finding> {
  const { settings } = state
  if (settings === undefined) return skip('needs settings')
  const url = proxyFor(settings.upstream, settings)?.reveal()
  if (url === undefined) {
    const bypassed = settings.httpsProxy !== undefined
    return ok(bypassed ? 'not used: NO_PROXY names the upstream' : 'none: HTTPS_PROXY is not set')
  }
  state.proxied = true
  const { protocol, host, username } = new URL(url)
  const shown = `${protocol}//${host}${username === '' ? '' : ', with user and password'}`
  try {
    const tunnel = await openTunnel({
      proxy: url,
      ...targetOf(settings.upstream),
      timeoutMs: settings.connectTimeoutMs,
      secureContext: createTrust(readExtraCas(settings)),
    })
    tunnel.destroy()
    return ok(`${shown} opens a way to the upstream`)
  } catch (error) {
    if (error instanceof FatalError) return failOf(error)
    if (!(error instanceof UpstreamError)) throw error
    const hint = error.reason.endsWith(' 407')
      ? 'put the right user and password into HTTPS_PROXY, percent-encoded'
      : 'check HTTPS_PROXY, or put the upstream into NO_PROXY if it can be reached without'
    return fail(`${shown}: ${error.reason}`, hint)
  }
}

export async function checkDns({ settings, proxied }: CheckState): Promise<Finding> {
  if (settings === undefined) return skip('needs settings')
  if (proxied) return skip('the proxy resolves the name')
  const { host } = targetOf(settings.upstream)
  if (isIP(host) !== 0) return ok(`${host} is an address`)
  try {
    const addresses = await lookup(host, { all: true })
    return ok(`${host} is ${addresses.map(({ address }) => address).join(', ')}`)
  } catch (error) {
    return fail(
      `${host}: ${codeOf(error) ?? 'unknown'}`,
      'check --upstream and the DNS of this machine; behind a company proxy, set HTTPS_PROXY',
    )
  }
}

export async function checkTcp({ settings, proxied, lacking }: CheckState): Promise<Finding> {
  if (settings === undefined || lacking.has('dns')) return skip('needs an address')
  if (proxied) return skip('the proxy connects')
  const { host, port } = targetOf(settings.upstream)
  const outcome = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host, port })
    const told = (code?: string): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(code)
    }
    const timer = setTimeout(told, settings.connectTimeoutMs, 'no answer in time')
    socket.once('connect', () => {
      told()
    })
    socket.once('error', (error) => {
      told(codeOf(error) ?? 'unknown')
    })
  })
  if (outcome === undefined) return ok(`port ${port} is open`)
  return fail(
    `port ${port}: ${outcome}`,
    'a firewall may be in the way; behind a company proxy, set HTTPS_PROXY',
  )
}

export async function checkTls({ settings, lacking }: CheckState): Promise<Finding> {
  if (settings === undefined || lacking.has('tcp') || lacking.has('proxy')) {
    return skip('needs a connection')
  }
  try {
    const dial = createDial({
      origin: settings.upstream,
      timeoutMs: settings.connectTimeoutMs,
      extraCas: readExtraCas(settings),
      proxy: proxyFor(settings.upstream, settings)?.reveal(),
    })
    const socket = await dial()
    const finding = describeTls(socket)
    socket.destroy()
    return finding
  } catch (error) {
    if (error instanceof FatalError) return failOf(error)
    if (!(error instanceof UpstreamError)) throw error
    const hint =
      error.reason === 'no h2'
        ? 'something between here and the upstream does not speak HTTP/2: a proxy that opens TLS?'
        : "if the company's proxy opens TLS, name its CA with --ca-file; else check --upstream"
    return fail(error.reason, hint, EXIT.unavailable)
  }
}

function describeTls(socket: TLSSocket): Finding {
  const { issuer, valid_to: validTo } = socket.getPeerCertificate()
  const issuedBy = [issuer.O, issuer.CN].flat().filter(Boolean).join(' ') || 'unnamed'
  const days = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS)
  const detail =
    `${socket.getProtocol() ?? 'TLS'}, h2, certificate by ${issuedBy}, ` + `${days} days left`
  if (days >= EXPIRY_WARN_DAYS) return ok(detail)
  return warn(detail, 'tell the people of the upstream to renew their certificate')
}

function targetOf(origin: string): { host: string; port: number } {
  const { hostname, port } = new URL(origin)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 443 : Number(port) }
}
