/**
 * Owns one HTTP exchange with a token endpoint, over a new connection: one that has been idle since
 * the last mint may be dead. None of Node's agents is used, since they log every request to
 * `NODE_DEBUG`, with URL and bearer token.
 */
import { request as httpRequest } from 'node:http'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { openSocket } from '../../net/open-socket.js'
import { openTunnel } from '../../net/open-tunnel.js'
import { serverNameOf } from '../../net/server-name.js'

const MAX_RESPONSE_BYTES = 64 * 1024

export interface EndpointRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: string | undefined
  /** URL of an HTTP proxy to use, for https only. */
  readonly proxy: string | undefined
  /** Aborts the exchange at any stage. */
  readonly signal: AbortSignal
}

export interface EndpointResponse {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** The response is larger than any with a token. */
export class ResponseTooLarge extends Error {
  override readonly name = 'ResponseTooLarge'
}

/**
 * Sends one request, follows no redirects, and reads at most 64 KiB of the response.
 * @throws whatever Node's sockets throw; `ResponseTooLarge`; `AbortError` after the signal
 */
export async function askEndpoint(ask: EndpointRequest): Promise<EndpointResponse> {
  const { url, method, headers, body, signal } = ask
  const socket = await openWay(ask)
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      method,
      path: `${url.pathname}${url.search}`,
      headers: {
        ...Object.fromEntries(headers),
        host: url.host,
        connection: 'close',
      },
      createConnection: () => socket,
      signal,
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (length > MAX_RESPONSE_BYTES) request.destroy(new ResponseTooLarge())
      })
      response.on('end', () => {
        const { statusCode: status = 0, rawHeaders } = response
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status, headers: toHeaders(rawHeaders), text })
      })
    })
    request.end(body)
  })
}

async function openWay({ url, proxy, signal }: EndpointRequest): Promise<Socket> {
  const isSecure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port)
  if (!isSecure) return openSocket({ host, port, signal })
  const socket = await (proxy === undefined
    ? openSocket({ host, port, signal })
    : openTunnel({ proxy, host, port, signal }))
  return connectTls({ socket, host, ...serverNameOf(host) })
}

function toHeaders(raw: readonly string[]): Headers {
  const headers = new Headers()
  for (let at = 0; at < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '')
  return headers
}
