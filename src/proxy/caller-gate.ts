/**
 * Owns the moment between a connection and its first byte: nothing is read from it until the kernel
 * has said whose it is, so that its requests wait in order and at no cost.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Caller, Callers, LookAtEnds } from '../access/users/callers.js'
import { conversationOf } from './conversation.js'

export interface CallerGate {
  /** Destroys the connections that are still waiting, and any new ones. */
  close(): void
}

/** Puts the gate in front of a TCP server. All its `connection` listeners must be attached already. */
export function putGateBefore(server: Server, callers: Pick<Callers, 'ask'>): CallerGate {
  const waiting = new Set<Socket>()
  let isClosed = false
  const letIn = server.listeners('connection')
  server.removeAllListeners('connection')
  // An option of `net.createServer` that `http.createServer` does not pass on.
  Object.assign(server, { pauseOnConnect: true })

  server.on('connection', (socket: Socket) => {
    if (isClosed) {
      socket.destroy()
      return
    }
    waiting.add(socket)
    socket.on('error', ignore)
    callers.ask(lookAt(socket), (caller: Caller) => {
      waiting.delete(socket)
      if (socket.destroyed) return
      socket.off('error', ignore)
      conversationOf(socket).caller = caller
      for (const listener of letIn) listener.call(server, socket)
      socket.resume()
    })
  })
  return {
    close() {
      isClosed = true
      for (const socket of waiting) socket.destroy()
    },
  }
}

/**
 * Both ends as the kernel has them now. `remoteAddress` will not do: Node caches it, and goes on
 * naming a peer that is gone.
 */
function lookAt(socket: Socket): LookAtEnds {
  return () => {
    const peer: { address?: string; port?: number } = {}
    ;(socket as Handled)._handle?.getpeername?.(peer)
    const { address, port } = peer
    const { localAddress, localPort } = socket
    if (address === undefined || port === undefined) return undefined
    if (localAddress === undefined || localPort === undefined) return undefined
    return { localAddress, localPort, remoteAddress: address, remotePort: port }
  }
}

/** What `node:net` itself uses. Without it no caller could be identified, and all would be refused. */
type Handled = Socket & { _handle?: { getpeername?(peer: object): number } | null }

function ignore(): void {
  // The connection closes; `destroyed` says so.
}
