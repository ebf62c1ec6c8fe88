/** Owns an HTTP proxy that opens tunnels (CONNECT), for tests. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface ConnectProxy {
  readonly port: number
  /** What was asked for: the authority, and `proxy-authorization`. */
  readonly asked: { authority: string; authorization: string | undefined }[]
  /** Its side of each connection that asked. */
  readonly clients: Socket[]
}

export interface ConnectProxyOptions {
  /** To every CONNECT, instead of a tunnel. */
  refuseWith?: number
  /** Whatever host is asked for, this port of loopback is what it leads to. */
  leadsTo?: number
  /** Makes it an https proxy. */
  tls?: { cert: string; key: string }
}

export async function createConnectProxy(
  t: Test,
  { refuseWith, leadsTo, tls }: ConnectProxyOptions = {},
): Promise<ConnectProxy> {
  const server = tls === undefined ? createServer() : createSecureServer(tls)
  const asked: ConnectProxy['asked'] = []
  const clients: Socket[] = []
  const sockets = new Set<Socket>()
  server.on('connect', ({ url = '', headers }: IncomingMessage, client: Socket) => {
    asked.push({ authority: url, authorization: headers['proxy-authorization'] })
    client.on('error', () => undefined)
    sockets.add(client)
    clients.push(client)
    if (refuseWith !== undefined) {
      client.end(`HTTP/1.1 ${refuseWith} No\r\ncontent-length: 6\r\n\r\nsecret`)
      return
    }
    const target = new URL(`https://${url}`)
    const port = leadsTo ?? Number(target.port)
    const upstream = connect(port, leadsTo === undefined ? target.hostname : '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    sockets.add(upstream)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, asked, clients }
}
