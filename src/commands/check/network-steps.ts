import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { codeOf } from '../../errors.js'
import type { Identity } from '../../identity/identity.js'
import { printProxy, proxyFor } from '../../settings/environment/proxy-for.js'
import type { Settings } from '../../settings/table.js'
import { createTrust } from '../../upstream/dial.js'
import { UpstreamError } from '../../upstream/exchange.js'
import { openTunnel } from '../../upstream/tunnel.js'
import { readExtraCas } from '../create-upstream.js'
import { type CheckState, fail, type Finding, ok, reasonOf, skip } from './finding.js'
import { originParts } from './origin-parts.js'

/** Owns the steps of the way to the upstream before TLS: proxy, DNS, TCP. */

export async function checkProxy(state: CheckState): Promise<Finding> {
  const { settings, identity } = state
  if (settings === undefined) return skip('needs settings')
  const { httpsProxy, noProxy } = settings
  if (httpsProxy === undefined) return ok('none: HTTPS_PROXY is not set')
  const variables = [`HTTPS_PROXY ${printProxy(httpsProxy)}`]
  if (noProxy !== undefined) variables.push(`NO_PROXY ${noProxy}`)
  const shown = `${variables.join('; ')}; ${wayOfTokens(settings, identity)}`
  if (proxyFor(settings.upstream, settings) === undefined) {
    return ok(`${shown}not for the upstream: NO_PROXY names it`)
  }
  state.proxied = true
  try {
    const tunnel = await openWay(settings)
    tunnel?.destroy()
    return ok(`${shown}it opens a way to the upstream`)
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    return fail(`${shown}to the upstream: ${reasonOf(error)}`, hintOf(error.reason))
  }
}

function hintOf(reason: string): string {
  if (reason.endsWith(' 407')) {
    return 'put the right user and password into HTTPS_PROXY, percent-encoded'
  }
  return /CERT|SIGNATURE|ISSUER/.test(reason)
    ? 'name the CA of the proxy itself with --ca-file'
    : 'check HTTPS_PROXY, or put the upstream into NO_PROXY if it can be reached without'
}

/** Whether the endpoint that the tokens come from, if any, is reached through the proxy. */
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
 * A tunnel through the proxy; undefined where none is used.
 * @throws {UpstreamError}
 */
export async function openWay(settings: Settings): Promise<Socket | undefined> {
  const proxy = proxyFor(settings.upstream, settings)?.reveal()
  if (proxy === undefined) return undefined
  const secureContext = createTrust(readExtraCas(settings))
  const timeoutMs = settings.connectTimeoutMs
  return openTunnel({ proxy, ...originParts(settings.upstream), timeoutMs, secureContext })
}

export async function checkDns({ settings, proxied }: CheckState): Promise<Finding> {
  if (settings === undefined) return skip('needs settings')
  if (proxied) return skip('the proxy resolves the name')
  const { host } = originParts(settings.upstream)
  if (isIP(host) !== 0) return ok(`${host} is an address`)
  const hint =
    'check --upstream and the DNS of this machine; behind a company proxy, set HTTPS_PROXY'
  try {
    const late = setTimeout(settings.connectTimeoutMs, undefined, { ref: false })
    const addresses = await Promise.race([lookup(host, { all: true }), late])
    if (addresses === undefined) return fail(`${host}: no answer in time`, hint)
    return ok(`${host} is ${addresses.map(({ address }) => address).join(', ')}`)
  } catch (error) {
    return fail(`${host}: ${codeOf(error) ?? 'unknown'}`, hint)
  }
}

export async function checkTcp({ settings, proxied, lacking }: CheckState): Promise<Finding> {
  if (settings === undefined) return skip('needs settings')
  if (proxied) return skip('the proxy connects')
  if (lacking.has('dns')) return skip('needs an address')
  const { host, port } = originParts(settings.upstream)
  const outcome = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host, port, timeout: settings.connectTimeoutMs })
    const told = (code?: string): void => {
      socket.destroy()
      resolve(code)
    }
    socket.once('connect', () => {
      told()
    })
    socket.once('timeout', () => {
      told('no answer in time')
    })
    socket.once('error', (error) => {
      told(codeOf(error) ?? 'unknown')
    })
  })
  if (outcome === undefined) return ok(`port ${port} is open`)
  return fail(
    `port ${port}: ${outcome}`,
    outcome === 'ECONNREFUSED'
      ? 'nobody listens there: check --upstream'
      : 'a firewall may be in the way; behind a company proxy, set HTTPS_PROXY',
  )
}
