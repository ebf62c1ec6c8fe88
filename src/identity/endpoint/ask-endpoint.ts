/**
 * Owns one HTTP exchange with a token endpoint, over a connection of its own: one that has idled
 * since the last mint may be dead. None of Node's agents takes part, since they tell `NODE_DEBUG`
 * all that is asked, with URL and bearer.
 */
import { request as httpRequest } from 'node:http'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { openSocket } from '../../net/open-socket.js'
import { openTunnel } from '../../net/open-tunnel.js'
import { serverNameOf } from '../../net/server-name.js'

const MAX_ANSWER_BYTES = 64 * 1024

export interface EndpointAsk {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: string | undefined
  /** URL of an HTTP proxy to go through, for https only. */
  readonly proxy: string | undefined
  /** Ends it, wherever it is. */
  readonly signal: AbortSignal
}

export interface EndpointAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** The answer was larger than any that holds a token. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge'
}

/**
 * Asks once, follows no redirect, and takes 64 KiB of a response at most.
 * @throws whatever Node's sockets give; `AnswerTooLarge`; `AbortError` after the signal
 */
export async function askEndpoint(ask: EndpointAsk): Promise<EndpointAnswer> {
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
        if (length > MAX_ANSWER_BYTES) request.destroy(new AnswerTooLarge())
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

async function openWay({ url, proxy, signal }: EndpointAsk): Promise<Socket> {
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
