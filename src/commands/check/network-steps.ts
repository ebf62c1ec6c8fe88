import { isIP, type Socket } from 'node:net'
import { codeOf } from '../../errors.js'
import type { Identity } from '../../identity/identity.js'
import { connectAny } from '../../net/connect-any.js'
import { openSocket } from '../../net/open-socket.js'
import { resolveHost } from '../../net/resolve-host.js'
import { withDeadline } from '../../net/with-deadline.js'
import { printProxy, proxyFor } from '../../settings/environment/proxy-for.js'
import type { Settings } from '../../settings/table.js'
import { describeCode } from '../../system-codes.js'
import { UpstreamError } from '../../upstream/exchange.js'
import { openTunnel } from '../../upstream/tunnel.js'
import { createUpstreamTrust } from '../upstream-trust.js'
import { type CheckState, fail, type Finding, ok, reasonOf, skip } from './finding.js'
import { originParts } from './origin-parts.js'

/** Owns the steps of connecting to the upstream before TLS: proxy, DNS, TCP. */

export async function checkProxy(state: CheckState): Promise<Finding> {
  const { settings, identity } = state
  if (settings === undefined) return skip('needs settings')
  const { httpsProxy, proxyVariable, noProxy } = settings
  if (httpsProxy === undefined) return ok('none: HTTPS_PROXY is not set')
  const variables = [`${proxyVariable} ${printProxy(httpsProxy)}`]
  if (noProxy !== undefined) variables.push(`NO_PROXY ${noProxy}`)
  const shown = `${variables.join('; ')}; ${wayOfTokens(settings, identity)}`
  if (proxyFor(settings.upstream, settings) === undefined) {
    return ok(`${shown}not for the upstream: NO_PROXY names it`)
  }
  state.proxied = true
  try {
    const tunnel = await openWay(settings)
    tunnel.destroy()
    return ok(`${shown}it connects to the upstream`)
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    return fail(
      `${shown}to the upstream: ${describeCode(reasonOf(error))}`,
      hintOf(error.reason, proxyVariable),
    )
  }
}

function hintOf(reason: string, variable: string): string {
  if (reason.endsWith(' 407')) {
    return `put the right user and password into ${variable}, percent-encoded`
  }
  return /CERT|SIGNATURE|ISSUER/.test(reason)
    ? 'name the CA of the proxy itself with --ca-file'
    : `check ${variable}, or put the upstream into NO_PROXY if it can be reached without`
}

/** Whether the endpoint that tokens come from, if any, is reached through the proxy. */
function wayOfTokens(settings: Settings, identity: Identity | undefined): string {
  const { tokenType, googleTokenUrl, firebaseTokenUrl } = settings
  const isGoogle = identity?.kind === 'service-account' || identity?.kind === 'adc'
  const url =
    identity?.kind === 'tailer'
      ? firebaseTokenUrl
      : isGoogle && tokenType !== 'jwt'
        ? googleTokenUrl
        : undefined
  if (url === undefined) return ''
  const { host, origin, protocol } = new URL(url)
  const isProxied = protocol === 'https:' && proxyFor(origin, settings) !== undefined
  return `${isProxied ? 'used' : 'not used'} for ${host}; `
}

/**
 * Opens a connection to the upstream, or a tunnel if a proxy is configured.
 * @throws {UpstreamError} from a tunnel; else whatever `openSocket` throws
 */
export function openWay(settings: Settings): Promise<Socket> {
  const proxy = proxyFor(settings.upstream, settings)?.reveal()
  const target = originParts(settings.upstream)
  const secureContext = createUpstreamTrust(settings).current()
  return withDeadline(settings.connectTimeoutMs, (signal) =>
    proxy === undefined
      ? openSocket({ ...target, signal })
      : openTunnel({ ...target, proxy, signal, secureContext }),
  )
}

export async function checkDns(state: CheckState): Promise<Finding> {
  const { settings, proxied } = state
  if (settings === undefined) return skip('needs settings')
  if (proxied) return skip('the proxy resolves the name')
  const { host } = originParts(settings.upstream)
  if (isIP(host) !== 0) {
    state.addresses = [host]
    return ok(`${host} is an address`)
  }
  const outcome = await withDeadline(settings.connectTimeoutMs, (signal) =>
    resolveHost(host, signal).catch((error: unknown) => failureOf(error, signal)),
  )
  if (typeof outcome === 'string') {
    return fail(
      `${host}: ${describeCode(outcome)}`,
      'check --upstream and the DNS of this machine; behind a company proxy, set HTTPS_PROXY',
    )
  }
  state.addresses = outcome
  return ok(`${host} is ${outcome.join(', ')}`)
}

export async function checkTcp({ settings, proxied, addresses }: CheckState): Promise<Finding> {
  if (settings === undefined) return skip('needs settings')
  if (proxied) return skip('the proxy connects')
  if (addresses === undefined) return skip('needs an address')
  const { port } = originParts(settings.upstream)
  const outcome = await withDeadline(settings.connectTimeoutMs, (signal) =>
    connectAny(addresses, port, signal).catch((error: unknown) => failureOf(error, signal)),
  )
  if (typeof outcome !== 'string') {
    const { remoteAddress } = outcome
    outcome.destroy()
    const which = addresses.length > 1 ? ` at ${remoteAddress ?? 'one address'}` : ''
    return ok(`port ${port} is open${which}`)
  }
  return fail(
    `port ${port}: ${describeCode(outcome)}`,
    outcome === 'ECONNREFUSED'
      ? 'nothing listens there: check --upstream'
      : 'a firewall may be in the way; behind a company proxy, set HTTPS_PROXY',
  )
}

function failureOf(error: unknown, { aborted }: AbortSignal): string {
  return aborted ? 'no response in time' : (codeOf(error) ?? 'unknown')
}
