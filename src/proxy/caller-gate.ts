/**
 * Owns the moment between a connection and its first byte: nothing of it is read until the kernel
 * has told whose it is, so that its requests wait in order and at no cost.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Caller, Callers, LookAtEnds } from '../access/users/callers.js'
import { conversationOf } from './conversation.js'

export interface CallerGate {
  /** Ends the connections that still wait, and those to come. */
  close(): void
}

/** Puts the gate in front of a server that listens on TCP, and whose listeners are all there. */
export function putGateBefore(server: Server, callers: Pick<Callers, 'ask'>): CallerGate {
  const waiting = new Set<Socket>()
  let isClosed = false
  const letIn = server.listeners('connection')
  server.removeAllListeners('connection')
  // What `net.createServer` has as an option, which `http.createServer` does not pass on.
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
 * Both ends, as the kernel has them at the moment of the call. `remoteAddress` would not do: Node
 * keeps what it was told first, and goes on naming a peer that is gone.
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

/** What `node:net` itself asks. Were it gone, nobody could be told, and all would be refused. */
type Handled = Socket & { _handle?: { getpeername?(peer: object): number } | null }

function ignore(): void {
  // The connection ends; who waits for it is told by `destroyed`.
}
